#include "elbow/probability/distributions/full_rank_normal.h"

#include <ATen/TensorOperators.h>
#include <ATen/TracerMode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/floor_divide.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/where.h>
#include <c10/util/Exception.h>

#include "elbow/probability/distributions/normal.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

// Where each element of the [L, L] factor stands in (diagonal, strict lower triangle row by row,
// one zero). Counted on the device itself: numbers from the host would make it wait in every step.
Tensor places_of_factor(std::int64_t L, at::Device device) {
  // A constant of a trace.
  const at::tracer::impl::NoTracerDispatchMode not_traced;
  const Tensor column = at::arange(L, at::TensorOptions(at::kLong).device(device));
  const Tensor row = column.unsqueeze(-1);
  const Tensor below = at::floor_divide(row * (row - 1), 2) + column + L;
  const std::int64_t zero = L + L * (L - 1) / 2;
  return at::where(row == column, row, below.masked_fill(row < column, zero)).flatten();
}

Tensor times_vector(const Tensor& matrix, const Tensor& vector) {
  return at::matmul(matrix, vector.unsqueeze(-1)).squeeze(-1);
}

}  // namespace

FullRankNormal::FullRankNormal(Tensor loc, Tensor scale_tril)
    : loc_(std::move(loc)), scale_tril_(std::move(scale_tril)) {
  TORCH_CHECK(loc_.dim() >= 1 && scale_tril_.dim() >= 2 && scale_tril_.size(-1) == loc_.size(-1) &&
                  scale_tril_.size(-2) == loc_.size(-1),
              "FullRankNormal: loc has shape ",
              loc_.sizes(),
              " but scale_tril has shape ",
              scale_tril_.sizes());
  check_broadcast("FullRankNormal", "loc", loc_, "rows of scale_tril", scale_tril_.select(-1, 0));
}

std::shared_ptr<const FullRankNormal> FullRankNormal::from_flat(const Tensor& loc,
                                                                const Tensor& flat) {
  const std::int64_t L = loc.size(-1), strict = L * (L - 1) / 2;
  TORCH_CHECK(flat.dim() >= 1 && flat.size(-1) == L + strict,
              "FullRankNormal: expected ",
              L + strict,
              " numbers for the factor of ",
              L,
              " dimensions, got shape ",
              flat.sizes());
  const Tensor diagonal = flat.narrow(-1, 0, L).exp();
  const Tensor zero = diagonal.narrow(-1, 0, 1) * 0;
  const Tensor parts = at::cat({diagonal, flat.narrow(-1, L, strict), zero}, -1);
  const Tensor places = places_of_factor(L, flat.device());
  return std::make_shared<FullRankNormal>(loc,
                                          parts.index_select(-1, places).unflatten(-1, {L, L}));
}

Shape FullRankNormal::batch_shape() const {
  return without_last(broadcast_shape(loc_.sizes(), scale_tril_.select(-1, 0).sizes()), 1);
}

Shape FullRankNormal::event_shape() const { return last(loc_.sizes(), 1); }

Tensor FullRankNormal::scale_tril() const { return scale_tril_.tril(); }

Tensor FullRankNormal::half_log_det() const {
  return scale_tril_.diagonal(0, -2, -1).log().sum(-1);
}

Tensor FullRankNormal::log_prob(const Tensor& value) const {
  check_broadcast("FullRankNormal", "value", value, "loc", loc_);
  const Tensor deviation = (value - loc_).unsqueeze(-1);
  const Tensor noise = at::linalg_solve_triangular(scale_tril(), deviation, /*upper=*/false);
  const double constant = kHalfLog2Pi * static_cast<double>(loc_.size(-1));
  return noise.squeeze(-1).square().sum(-1).mul(-0.5) - half_log_det() - constant;
}

Tensor FullRankNormal::rsample(const Shape& sample_shape, RandomSource& source) const {
  const auto shape = concatenate(sample_shape, concatenate(batch_shape(), event_shape()));
  return loc_ + times_vector(scale_tril(), source.normal(shape, loc_.options()));
}

std::pair<Tensor, Tensor> FullRankNormal::rsample_and_log_prob(const Shape& sample_shape,
                                                               RandomSource& source) const {
  const auto shape = concatenate(sample_shape, concatenate(batch_shape(), event_shape()));
  const Tensor noise = source.normal(shape, loc_.options());
  // At a draw of its own the solve gives back the noise.
  const double constant = kHalfLog2Pi * static_cast<double>(loc_.size(-1));
  Tensor density = noise.square().sum(-1).mul(-0.5) - half_log_det() - constant;
  return {loc_ + times_vector(scale_tril(), noise), std::move(density)};
}

Tensor FullRankNormal::mean() const {
  return expand_to(loc_, concatenate(batch_shape(), event_shape()));
}

Tensor FullRankNormal::variance() const {
  return expand_to(scale_tril().square().sum(-1), concatenate(batch_shape(), event_shape()));
}

Tensor FullRankNormal::entropy() const {
  const double constant = (0.5 + kHalfLog2Pi) * static_cast<double>(loc_.size(-1));
  return expand_to(half_log_det() + constant, batch_shape());
}

DistributionPtr FullRankNormal::detach() const {
  return std::make_shared<FullRankNormal>(loc_.detach(), scale_tril_.detach());
}

std::vector<std::pair<std::string, Tensor>> FullRankNormal::parameters() const {
  return {{"loc", loc_}, {"scale_tril", scale_tril_}};
}

}  // namespace elbow
