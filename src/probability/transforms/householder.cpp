#include "elbow/probability/transforms/householder.h"

#include "linear_algebra.h"

namespace elbow {

Householder::Householder(Tensor v) : v_(std::move(v)), direction_(v_ * 2 / divisible_square(v_)) {}

std::pair<Tensor, Tensor> Householder::forward_and_log_det(const Tensor& x) const {
  Tensor y = x - direction_ * dot_product(v_, x);
  Tensor log_det = no_log_det(y);
  return {std::move(y), std::move(log_det)};
}

std::pair<Tensor, Tensor> Householder::inverse_and_log_det(const Tensor& y) const {
  return forward_and_log_det(y);
}

TransformPtr Householder::map_parameters(const ParameterMap& map) const {
  return std::make_shared<Householder>(map("v", v_));
}

}  // namespace elbow
