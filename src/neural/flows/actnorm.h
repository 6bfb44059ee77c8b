#pragma once

#include "elbow/neural/flows/conditional_transform.h"

namespace elbow {

/// Scale and shift of each coordinate, set from the first examples so that what comes out has mean
/// 0 and variance 1. Once: a loaded checkpoint keeps its numbers.
class ActNorm : public ConditionalTransform {
 public:
  ActNorm(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
  TransformPtr forward(const Tensor& context) override;
  void initialise(const Tensor& x) override;
  /// Inputs with mean 0 and variance 1 for y.
  void initialise_from_outputs(const Tensor& y) override;

 private:
  Tensor shift_, log_scale_, is_initialised_;
};

}  // namespace elbow
