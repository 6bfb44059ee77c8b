#pragma once

#include "elbow/probability/transforms/conditioner.h"
#include "elbow/probability/transforms/element_bijector.h"

namespace elbow {

/// Keeps some coordinates and changes the others by functions whose parameters depend on the kept
/// ones. Both directions are parallel.
///
/// Dinh, Krueger, Bengio, "NICE: non-linear independent components estimation", 2014,
/// arXiv:1410.8516, section 3.2.
class Coupling : public Transform {
 public:
  /// @param kept, changed  [n], [D - n] int64: every coordinate in one of the two
  /// @param conditioner    [..., n] -> [..., (D - n) P], P the bijector's number of parameters
  Coupling(Tensor kept, Tensor changed, Conditioner conditioner, ElementBijector bijector);
  std::string name() const override { return bijector_.name + "_coupling"; }
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  TransformPtr map_parameters(const ParameterMap& map) const override;

 private:
  std::pair<Tensor, Tensor> apply(bool is_inverse, const Tensor& x) const;

  Tensor kept_, changed_;
  Conditioner conditioner_;
  ElementBijector bijector_;
};

}  // namespace elbow
