#pragma once

#include <optional>
#include <string>
#include <vector>

#include "elbow/kernels/layer_stack.h"
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

  /// The kernel that runs K such layers as one, if there is one.
  const std::optional<kernels::StackShape>& stacked() const { return stacked_; }
  /// Whether it is a layer that the kernel takes for the second of two that alternate.
  bool is_second() const { return is_second_; }
  bool takes_context() const { return is_amortized_; }
  /// How many numbers the tensors have together.
  std::int64_t num_parameters() const;
  /// The learned tensors in the order of the parameters; empty for an amortised layer.
  const std::vector<Tensor>& learned() const { return learned_; }
  /// The transform of these numbers, learned or not. @param flat [batch..., num_parameters()]
  TransformPtr transform_of(const Tensor& flat) const { return make_(pieces_of(flat)); }
  /// Whether kernel_parameters does anything.
  virtual bool changes_parameters() const { return false; }
  /// What the kernel takes for the parameters of layers like this one: themselves, unless told
  /// otherwise. @param flat [batch..., K, num_parameters()] @return the same shape
  virtual Tensor kernel_parameters(const Tensor& flat) const { return flat; }
  /// The transform of one layer's. @param flat [batch..., num_parameters()]
  virtual TransformPtr kernel_transform(const Tensor& flat) const { return transform_of(flat); }

 protected:
  /// Says that the parameters, in their order, are those of this kernel.
  void stack_by(kernels::StackedLayer kind,
                std::int64_t num_directions = 0,
                std::int64_t num_reflections = 0,
                bool is_second = false);
  std::vector<Tensor> pieces_of(const Tensor& flat) const;

 private:
  std::vector<Tensor> from_context(const Tensor& context) const;

  bool is_amortized_, has_inverse_;
  bool is_second_ = false;
  std::optional<kernels::StackShape> stacked_;
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
