#include <ATen/ops/addcmul.h>
#include <c10/util/Exception.h>

#include "elbow/probability/distributions/normal.h"
#include "elbow/probability/distributions/reference_operators.h"
#include "normal_draw.h"
#include "standard_density.h"
#include "tensor_ops.h"

namespace elbow {

DiagNormal::DiagNormal(Tensor loc, Tensor log_scale)
    : loc_(std::move(loc)), log_scale_(std::move(log_scale)) {
  TORCH_CHECK(loc_.dim() >= 1 && log_scale_.dim() >= 1,
              "DiagNormal: loc and log_scale need a last dimension for the event");
  check_broadcast("DiagNormal", "loc", loc_, "log_scale", log_scale_);
}

std::shared_ptr<const DiagNormal> DiagNormal::standard(const Tensor& zeros) {
  auto out = std::make_shared<DiagNormal>(zeros, zeros);
  out->is_standard_ = true;
  return out;
}

std::shared_ptr<const DiagNormal> DiagNormal::repeated(const Tensor& loc,
                                                       const Tensor& log_scale,
                                                       std::int64_t batch_size) {
  const auto rows = [batch_size](const Tensor& row) {
    return row.expand({batch_size, row.size(-1)});
  };
  auto out = std::make_shared<DiagNormal>(rows(loc), rows(log_scale));
  out->row_loc_ = loc;
  out->row_log_scale_ = log_scale;
  return out;
}

Shape DiagNormal::batch_shape() const {
  return without_last(broadcast_shape(loc_.sizes(), log_scale_.sizes()), 1);
}

Shape DiagNormal::event_shape() const {
  return last(broadcast_shape(loc_.sizes(), log_scale_.sizes()), 1);
}

Distribution::Traits DiagNormal::traits() const {
  Traits out;
  out.makes_density_of_draws = takes_own_loops(loc_);
  return out;
}

Tensor DiagNormal::log_prob(const Tensor& value) const {
  const double constant = kHalfLog2Pi * static_cast<double>(event_shape().front());
  if (is_standard_) {
    check_broadcast("DiagNormal", "value", value, "loc", loc_);
    const auto shape = broadcast_shape(value.sizes(), loc_.sizes());
    if (takes_own_loops(value) && value.is_contiguous() && value.numel() > 0 &&
        value.scalar_type() == loc_.scalar_type() && value.sizes() == at::IntArrayRef(shape))
      return standard_log_density(value);
    const Tensor full = expand_to(value, shape);
    return full.square().sum(-1).mul(-0.5) - constant;
  }
  const Tensor standardised = (value - rows_of_loc()) * (-rows_of_log_scale()).exp();
  const auto shape = broadcast_shape(value.sizes(), loc_.sizes());
  return expand_to((standardised.square().mul(-0.5) - rows_of_log_scale()).sum(-1),
                   without_last(shape, 1)) -
         constant;
}

Tensor DiagNormal::rsample(const Shape& sample_shape, RandomSource& source) const {
  const auto shape = broadcast_shape(loc_.sizes(), log_scale_.sizes());
  const Tensor noise = source.normal(concatenate(sample_shape, shape), loc_.options());
  // The same numbers as a draw with its density.
  if (fits_normal_draw(rows_of_loc(), rows_of_log_scale(), noise))
    return normal_draw(rows_of_loc(), rows_of_log_scale(), noise).first;
  return at::addcmul(rows_of_loc(), rows_of_log_scale().exp(), noise);
}

std::pair<Tensor, Tensor> DiagNormal::rsample_and_log_prob(const Shape& sample_shape,
                                                           RandomSource& source) const {
  const auto shape = broadcast_shape(loc_.sizes(), log_scale_.sizes());
  const Tensor noise = source.normal(concatenate(sample_shape, shape), loc_.options());
  if (fits_normal_draw(rows_of_loc(), rows_of_log_scale(), noise))
    return normal_draw(rows_of_loc(), rows_of_log_scale(), noise);
  const double constant = kHalfLog2Pi * static_cast<double>(shape.back());
  // At a draw of its own, (value - loc) / scale is the noise: no round trip and no gradient through
  // it.
  const Tensor& log_scale = rows_of_log_scale();
  const Tensor log_volume =
      (row_log_scale_.defined() ? log_scale : expand_to(log_scale, shape)).sum(-1) + constant;
  Tensor density = noise.square().sum(-1).mul(-0.5) - log_volume;
  return {at::addcmul(rows_of_loc(), log_scale.exp(), noise), std::move(density)};
}

Tensor DiagNormal::mean() const {
  return expand_to(loc_, broadcast_shape(loc_.sizes(), log_scale_.sizes()));
}

Tensor DiagNormal::variance() const {
  return expand_to((log_scale_ * 2).exp(), broadcast_shape(loc_.sizes(), log_scale_.sizes()));
}

Tensor DiagNormal::entropy() const {
  const auto shape = broadcast_shape(loc_.sizes(), log_scale_.sizes());
  return expand_to(log_scale_ + (0.5 + kHalfLog2Pi), shape).sum(-1);
}

DistributionPtr DiagNormal::detach() const {
  auto out = std::make_shared<DiagNormal>(loc_.detach(), log_scale_.detach());
  if (row_loc_.defined()) {
    out->row_loc_ = row_loc_.detach();
    out->row_log_scale_ = row_log_scale_.detach();
  }
  out->is_standard_ = is_standard_;
  return out;
}

std::vector<std::pair<std::string, Tensor>> DiagNormal::parameters() const {
  return {{"loc", loc_}, {"log_scale", log_scale_}};
}

}  // namespace elbow
