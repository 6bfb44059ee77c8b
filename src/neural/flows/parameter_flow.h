#pragma once

#include <string>
#include <vector>

#include "elbow/neural/flows/conditional_transform.h"

namespace elbow {

/// A parameter of a layer and what it starts from when it is learned.
struct FlowParameter {
  std::string name;
  Tensor start;  ///< in the shape of one example's
};

/// A layer whose transform is a function of a few tensors: learned ones, the same for all examples,
/// or numbers from the encoder, different for each (amortised).
class ParameterFlow : public ConditionalTransform {
 public:
  /// Builds the transform from the tensors, in the order of the parameters.
  using Make = std::function<TransformPtr(const std::vector<Tensor>& tensors)>;

  ParameterFlow(bool is_amortized,
                const std::vector<FlowParameter>& parameters,
                bool has_inverse,
                Make make);
  TransformPtr forward(const Tensor& context) override;
  std::int64_t context_size() const override;
  /// Its parameters, when they come from the encoder.
  Layout context_layout() const override;
  bool has_inverse() const override { return has_inverse_; }

 private:
  std::vector<Tensor> from_context(const Tensor& context) const;

  bool is_amortized_, has_inverse_;
  Layout layout_;
  std::vector<Tensor> learned_;
  Make make_;
};

/// How far learned layers start from the identity.
constexpr double kStartNoise = 0.01;
/// softplus of this is 1, where the constrained parameter of planar and radial layers is 0.
double identity_point();
/// Uniform in +-bound, from the default generator.
Tensor uniform_start(at::IntArrayRef shape, double bound);

}  // namespace elbow
