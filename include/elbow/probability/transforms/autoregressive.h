#pragma once

#include "elbow/probability/transforms/conditioner.h"
#include "elbow/probability/transforms/element_bijector.h"

namespace elbow {

/// Which direction of an autoregressive flow is parallel.
enum class AutoregressiveDirection {
  /// y_i = f(x_i; h(y_<i)): densities of given values in one pass, samples in D passes.
  /// Papamakarios, Pavlakou, Murray, "Masked autoregressive flow", 2017, arXiv:1705.07057, section
  /// 3.1.
  maf,
  /// y_i = f(x_i; h(x_<i)): samples and their densities in one pass, densities of given values in D
  /// passes. Kingma et al., 2016, arXiv:1606.04934, section 3.
  iaf,
};

/// Changes each coordinate by a function whose parameters depend on the coordinates before it.
class Autoregressive : public Transform {
 public:
  /// @param conditioner  [..., D] -> [..., D P]; the P parameters of coordinate i depend on the
  ///                     coordinates before i only
  /// @param is_reversed  take the coordinates from the last to the first
  Autoregressive(AutoregressiveDirection direction,
                 bool is_reversed,
                 Conditioner conditioner,
                 ElementBijector bijector);
  std::string name() const override;
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  TransformPtr map_parameters(const ParameterMap& map) const override;

 private:
  std::pair<Tensor, Tensor> parallel(bool is_inverse, const Tensor& input) const;
  std::pair<Tensor, Tensor> sequential(const ElementBijector::Function& function,
                                       const Tensor& input) const;
  Tensor in_order(const Tensor& x) const;
  Tensor parameters_from(const Tensor& x) const;

  AutoregressiveDirection direction_;
  bool is_reversed_;
  Conditioner conditioner_;
  ElementBijector bijector_;
};

}  // namespace elbow
