#include "elbow/probability/transforms/affine.h"

#include <c10/util/Exception.h>

#include "linear_algebra.h"

namespace elbow {

Affine::Affine(Tensor shift, Tensor log_scale)
    : shift_(std::move(shift)), log_scale_(std::move(log_scale)) {
  TORCH_CHECK(shift_.sizes() == log_scale_.sizes(),
              "Affine: shift has shape ",
              shift_.sizes(),
              " but log_scale has shape ",
              log_scale_.sizes());
}

std::pair<Tensor, Tensor> Affine::forward_and_log_det(const Tensor& x) const {
  Tensor y = x * log_scale_.exp() + shift_;
  Tensor log_det = for_each_vector(log_scale_.sum(-1), y);
  return {std::move(y), std::move(log_det)};
}

std::pair<Tensor, Tensor> Affine::inverse_and_log_det(const Tensor& y) const {
  Tensor x = (y - shift_) * (-log_scale_).exp();
  Tensor log_det = for_each_vector(-log_scale_.sum(-1), x);
  return {std::move(x), std::move(log_det)};
}

TransformPtr Affine::map_parameters(const ParameterMap& map) const {
  const Tensor shift = map("shift", shift_);
  return std::make_shared<Affine>(shift, map("log_scale", log_scale_));
}

}  // namespace elbow
