#pragma once

#include "elbow/neural/flows/conditional_transform.h"

namespace elbow {

/// A fixed order of the coordinates: from last to first, or drawn when the layer is built.
class PermutationFlow : public ConditionalTransform {
 public:
  PermutationFlow(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
  TransformPtr forward(const Tensor& context) override;

 private:
  Tensor order_;
};

}  // namespace elbow
