#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "elbow/foundations/core/component.h"
#include "elbow/foundations/core/config_node.h"
#include "elbow/kernels/dense.h"
#include "elbow/neural/nn/activation.h"
#include "elbow/neural/nn/module.h"
#include "initialization.h"
#include "normalization.h"

namespace elbow {

/// What follows every hidden layer, and how it begins.
struct HiddenOptions {
  /// @param has_activation false for layers that bring their own nonlinearity
  HiddenOptions(const ConfigNode& node, bool has_activation);
  /// The configuration keys that the constructor reads.
  static std::vector<Parameter> parameters(bool has_activation);

  Activation activation = nullptr;
  double dropout = 0;
  std::string normalization;
  Initialization initialization = Initialization::standard;
};

/// Normalisation, activation (none when null), dropout.
class HiddenTail : public Module {
 public:
  HiddenTail(const HiddenOptions& options, std::int64_t num_features);
  at::Tensor forward(const at::Tensor& input) const;
  /// Its activation, where it is nothing else and a kernel of ours has it.
  std::optional<kernels::Nonlinearity> nonlinearity() const;

 private:
  Activation activation_;
  bool is_normalized_;
  double dropout_;
  std::shared_ptr<Normalization> normalization_;
};

}  // namespace elbow
