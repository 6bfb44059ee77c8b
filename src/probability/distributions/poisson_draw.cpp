#include "poisson_draw.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/where.h>

#include "gamma_draw.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

constexpr double kRejectionFrom = 10;
// At rate 10 a proposal is refused with probability 0.25, at greater ones less often.
constexpr std::int64_t kPoissonProposals = 20;
// A count of 48 or more has probability below 1e-16 there.
constexpr int kInversionTerms = 48;

/// How many values of the distribution function lie below each uniform number.
Tensor poisson_by_inversion(const Tensor& rate, const Tensor& uniform) {
  Tensor mass = (-rate).exp(), below = mass, count = rate * 0;
  for (int k = 1; k <= kInversionTerms; ++k) {
    count = count + uniform.gt(below);
    mass = mass * rate / k;
    below = below + mass;
  }
  return count;
}

/// @param rate [...] @param u, v uniform numbers, [..., proposals]
Tensor poisson_by_rejection(const Tensor& rate, const Tensor& u, const Tensor& v) {
  const Tensor mean = rate.unsqueeze(-1), b = mean.sqrt() * 2.53 + 0.931, a = b * 0.02483 - 0.059;
  const Tensor centred = u - 0.5, distance = 0.5 - centred.abs();
  const Tensor count = ((a * 2 / distance + b) * centred + mean + 0.43).floor();
  const Tensor at_once = distance.ge(0.07).logical_and(v.le(0.9277 - 3.6224 / (b - 2)));
  const Tensor refused = count.lt(0).logical_or(distance.lt(0.013).logical_and(v.gt(distance)));
  const Tensor height =
      v.log() + (1.1328 / (b - 3.4) + 1.1239).log() - (a / distance.square() + b).log();
  const Tensor fits = height.le(poisson_log_mass(mean.log(), count.clamp_min(0)));
  const Tensor accepted = at_once.logical_or(refused.logical_not().logical_and(fits));
  const Tensor index = first_accepted(accepted);
  return at::where(accepted.gather(-1, index), count.gather(-1, index), mean.floor()).squeeze(-1);
}

}  // namespace

Tensor poisson_draw(const Tensor& log_rate, const Shape& shape, RandomSource& source) {
  const at::NoGradGuard no_grad;
  const Tensor uniform =
      source.uniform(concatenate(shape, {2 * kPoissonProposals}), log_rate.options())
          .to(at::kDouble);
  // Not by `expand` to a shape, which a trace would freeze at its batch size.
  const Tensor rate = log_rate.to(at::kDouble).exp().expand_as(uniform.select(-1, 0));
  const Tensor is_small = rate.lt(kRejectionFrom);
  const Tensor few =
      poisson_by_inversion(rate.masked_fill(is_small.logical_not(), 1.0), uniform.select(-1, 0));
  const Tensor many =
      poisson_by_rejection(rate.masked_fill(is_small, kRejectionFrom),
                           uniform.narrow(-1, 0, kPoissonProposals),
                           uniform.narrow(-1, kPoissonProposals, kPoissonProposals));
  return at::where(is_small, few, many).to(log_rate.scalar_type());
}

}  // namespace elbow
