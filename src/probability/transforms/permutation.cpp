#include "elbow/probability/transforms/permutation.h"

#include "linear_algebra.h"

namespace elbow {

Permutation::Permutation(Tensor order) : order_(std::move(order)), inverse_(order_.argsort()) {}

std::pair<Tensor, Tensor> Permutation::forward_and_log_det(const Tensor& x) const {
  return {x.index_select(-1, order_), no_log_det(x)};
}

std::pair<Tensor, Tensor> Permutation::inverse_and_log_det(const Tensor& y) const {
  return {y.index_select(-1, inverse_), no_log_det(y)};
}

TransformPtr Permutation::map_parameters(const ParameterMap& /*map*/) const {
  return std::make_shared<Permutation>(*this);
}

}  // namespace elbow
