#pragma once

#include "elbow/neural/flows/conditional_transform.h"

namespace elbow {

/// A learned matrix by its triangular factors, and a fixed permutation.
class LuLinearFlow : public ConditionalTransform {
 public:
  LuLinearFlow(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
  TransformPtr forward(const Tensor& context) override;

 private:
  Tensor factors_, order_;
};

}  // namespace elbow
