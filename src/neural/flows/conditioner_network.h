#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "elbow/foundations/core/component.h"
#include "elbow/neural/flows/conditional_transform.h"
#include "elbow/neural/nn/activation.h"
#include "elbow/probability/transforms/conditioner.h"
#include "masked_linear.h"

namespace elbow {

/// The configuration of a conditioner.
struct ConditionerOptions {
  /// @throws ConfigError for encoder features without an encoder
  ConditionerOptions(const ConfigNode& node, const BuildContext& context);
  static std::vector<Parameter> parameters();

  std::vector<std::int64_t> hidden_sizes;
  Activation activation;
  std::optional<kernels::NetworkActivation> known_activation;  ///< to kernels
  std::int64_t context_size;
};

/// Which outputs see which inputs.
enum class Connections {
  all,
  /// outputs in as many equal groups as inputs; group i sees the inputs before i (MADE: Germain et
  /// al., 2015, arXiv:1502.03509, section 4)
  autoregressive,
};

/// A fully connected network from coordinates (and encoder features) to the parameters of element
/// bijectors. The last layer starts at zero, so that a fresh flow is the identity or near it.
class ConditionerNetwork : public Module {
 public:
  ConditionerNetwork(const ConditionerOptions& options,
                     Connections connections,
                     std::int64_t in,
                     std::int64_t out);
  /// @param context [..., context_size], or undefined when that is 0
  Conditioner forward(const Tensor& context) const;

 private:
  Activation activation_;
  std::optional<kernels::NetworkActivation> known_activation_;
  std::vector<std::shared_ptr<MaskedLinear>> layers_;
};

}  // namespace elbow
