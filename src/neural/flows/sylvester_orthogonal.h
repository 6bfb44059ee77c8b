#pragma once

#include "parameter_flow.h"

namespace elbow {

/// Planar layers along several orthogonal directions at once.
class SylvesterOrthogonalFlow : public ParameterFlow {
 public:
  SylvesterOrthogonalFlow(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
  bool changes_parameters() const override { return true; }
  /// With the orthogonal matrices of all layers in the place of those they are made from.
  Tensor kernel_parameters(const Tensor& flat) const override;
  TransformPtr kernel_transform(const Tensor& flat) const override;

 private:
  std::int64_t num_vectors_, size_;
};

}  // namespace elbow
