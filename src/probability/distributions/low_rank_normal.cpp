#include "elbow/probability/distributions/low_rank_normal.h"

#include <ATen/ops/cholesky_solve.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/matmul.h>
#include <c10/util/Exception.h>

#include "elbow/probability/distributions/normal.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

// Cholesky factor of I + W'W, whose eigenvalues are at least 1, so that nothing needs checking (and
// no device needs to be waited for).
Tensor capacitance_tril(const Tensor& whitened) {
  const Tensor gram = at::matmul(whitened.transpose(-2, -1), whitened);
  const Tensor capacitance = gram + at::eye(whitened.size(-1), whitened.options());
  return std::get<0>(at::linalg_cholesky_ex(capacitance));
}

}  // namespace

LowRankNormal::LowRankNormal(Tensor loc, Tensor factor, Tensor log_diag)
    : loc_(std::move(loc)), factor_(std::move(factor)), log_diag_(std::move(log_diag)) {
  TORCH_CHECK(loc_.dim() >= 1 && log_diag_.dim() >= 1 && factor_.dim() >= 2 &&
                  factor_.size(-2) == loc_.size(-1) && log_diag_.size(-1) == loc_.size(-1),
              "LowRankNormal: loc has shape ",
              loc_.sizes(),
              " but factor has shape ",
              factor_.sizes(),
              " and log_diag has shape ",
              log_diag_.sizes());
  const Tensor columns = factor_.select(-1, 0);
  check_broadcast("LowRankNormal", "loc", loc_, "log_diag", log_diag_);
  check_broadcast("LowRankNormal", "loc", loc_, "columns of factor", columns);
  check_broadcast("LowRankNormal", "log_diag", log_diag_, "columns of factor", columns);
}

Shape LowRankNormal::batch_shape() const {
  const auto both = broadcast_shape(loc_.sizes(), log_diag_.sizes());
  return without_last(broadcast_shape(both, factor_.select(-1, 0).sizes()), 1);
}

Shape LowRankNormal::event_shape() const { return last(loc_.sizes(), 1); }

Tensor LowRankNormal::whitened_factor() const { return factor_ * (-log_diag_).exp().unsqueeze(-1); }

Tensor LowRankNormal::half_log_det() const {
  const Tensor tril = capacitance_tril(whitened_factor());
  return log_diag_.sum(-1) + tril.diagonal(0, -2, -1).log().sum(-1);
}

Tensor LowRankNormal::log_prob(const Tensor& value) const {
  check_broadcast("LowRankNormal", "value", value, "loc", loc_);
  const Tensor W = whitened_factor(), tril = capacitance_tril(W);
  const Tensor y = ((value - loc_) * (-log_diag_).exp()).unsqueeze(-1);
  const Tensor projection = at::matmul(W.transpose(-2, -1), y);
  const Tensor u = at::cholesky_solve(projection, tril);
  // y'y - p'C^-1 p as |y - W u|^2 + |u|^2, its minimum over u: a sum without cancellation.
  const Tensor distance = (y - at::matmul(W, u)).square().sum({-2, -1}) + u.square().sum({-2, -1});
  const double constant = kHalfLog2Pi * static_cast<double>(loc_.size(-1));
  return distance.mul(-0.5) - log_diag_.sum(-1) - tril.diagonal(0, -2, -1).log().sum(-1) - constant;
}

Tensor LowRankNormal::rsample(const Shape& sample_shape, RandomSource& source) const {
  const auto front = concatenate(sample_shape, batch_shape());
  const Tensor own = source.normal(concatenate(front, event_shape()), loc_.options());
  const Tensor shared = source.normal(concatenate(front, {factor_.size(-1), 1}), loc_.options());
  return loc_ + log_diag_.exp() * own + at::matmul(factor_, shared).squeeze(-1);
}

Tensor LowRankNormal::mean() const {
  return expand_to(loc_, concatenate(batch_shape(), event_shape()));
}

Tensor LowRankNormal::variance() const {
  const Tensor variances = (log_diag_ * 2).exp() + factor_.square().sum(-1);
  return expand_to(variances, concatenate(batch_shape(), event_shape()));
}

Tensor LowRankNormal::entropy() const {
  const double constant = (0.5 + kHalfLog2Pi) * static_cast<double>(loc_.size(-1));
  return expand_to(half_log_det() + constant, batch_shape());
}

DistributionPtr LowRankNormal::detach() const {
  return std::make_shared<LowRankNormal>(loc_.detach(), factor_.detach(), log_diag_.detach());
}

std::vector<std::pair<std::string, Tensor>> LowRankNormal::parameters() const {
  return {{"loc", loc_}, {"factor", factor_}, {"log_diag", log_diag_}};
}

}  // namespace elbow
