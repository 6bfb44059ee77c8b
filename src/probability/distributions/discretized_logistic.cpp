#include "elbow/probability/distributions/discretized_logistic.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/log_sigmoid.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>

#include "log_one_minus_exp.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

// Memory of a sum over levels is that of so many of them.
constexpr std::int64_t kLevelsAtOnce = 16;

}  // namespace

Tensor to_level(const Tensor& value, const LevelGrid& grid) {
  const Tensor k = ((value - grid.lowest) / grid.step).round();
  return k.clamp(0, static_cast<double>(grid.num_levels - 1)) * grid.step + grid.lowest;
}

DiscretizedLogistic::DiscretizedLogistic(Tensor loc, Tensor log_scale, const LevelGrid& grid)
    : LocationScale("DiscretizedLogistic", std::move(loc), std::move(log_scale)), grid_(grid) {
  TORCH_CHECK(grid_.num_levels >= 2 && grid_.step > 0,
              "DiscretizedLogistic: expected at least two levels and a step above 0, got ",
              grid_.num_levels,
              " and ",
              grid_.step);
}

Tensor DiscretizedLogistic::log_mass(const Tensor& k) const {
  const Tensor level = k * grid_.step + grid_.lowest;
  const Tensor above = standardise(level + grid_.step / 2),
               below = standardise(level - grid_.step / 2);
  const Tensor is_first = k.lt(0.5), is_last = k.gt(static_cast<double>(grid_.num_levels) - 1.5);
  // s(a) - s(b) = s(a) s(-b) (1 - e^(b - a)): nothing cancels, however far the tail.
  const Tensor under_top = at::log_sigmoid(above).masked_fill(is_last, 0.0),
               over_bottom = at::log_sigmoid(-below).masked_fill(is_first, 0.0);
  const Tensor between = log_one_minus_exp_of_minus(std::log(grid_.step) - log_scale())
                             .masked_fill(is_first.logical_or(is_last), 0.0);
  return under_top + over_bottom + between;
}

Tensor DiscretizedLogistic::log_prob(const Tensor& value) const {
  const Tensor k = ((value - grid_.lowest) / grid_.step).round();
  const Tensor outside = k.lt(0).logical_or(k.gt(static_cast<double>(grid_.num_levels - 1)));
  return log_mass(k.masked_fill(outside, 0.0)).masked_fill(outside, -INFINITY);
}

Tensor DiscretizedLogistic::rsample(const Shape&, RandomSource&) const {
  TORCH_CHECK(
      false,
      "DiscretizedLogistic: draws are discrete, so they have no reparameterised form; use sample");
}

Tensor DiscretizedLogistic::sample(const Shape& sample_shape, RandomSource& source) const {
  const at::NoGradGuard no_grad;
  const Tensor u = uniform(sample_shape, source);
  return to_level(place(u.log() - (-u).log1p()), grid_);
}

template <class Term>
Tensor DiscretizedLogistic::expectation(Term term) const {
  const DiscretizedLogistic row(loc().unsqueeze(-1), log_scale().unsqueeze(-1), grid_);
  Tensor sum;
  for (std::int64_t first = 0; first < grid_.num_levels; first += kLevelsAtOnce) {
    const std::int64_t end = std::min(first + kLevelsAtOnce, grid_.num_levels);
    const Tensor k = at::arange(first, end, loc().options());
    const Tensor log_mass = row.log_mass(k);
    const Tensor part = (log_mass.exp() * term(k * grid_.step + grid_.lowest, log_mass)).sum(-1);
    sum = sum.defined() ? sum + part : part;
  }
  return sum;
}

Tensor DiscretizedLogistic::mean() const {
  return expectation([](const Tensor& level, const Tensor&) { return level; });
}

Tensor DiscretizedLogistic::variance() const {
  const Tensor centre = mean().unsqueeze(-1);
  return expectation(
      [&centre](const Tensor& level, const Tensor&) { return (level - centre).square(); });
}

Tensor DiscretizedLogistic::entropy() const {
  return expectation([](const Tensor&, const Tensor& log_mass) { return -log_mass; });
}

DistributionPtr DiscretizedLogistic::detach() const {
  return std::make_shared<DiscretizedLogistic>(loc().detach(), log_scale().detach(), grid_);
}

}  // namespace elbow
