#include "elbow/probability/distributions/continuous_bernoulli.h"

#include <ATen/ops/where.h>

#include <array>

#include "tensor_ops.h"

namespace elbow {
namespace {

// log(sinh(l/2) / (l/2)) = sum over n of B_2n l^2n / (2n (2n)!), B the Bernoulli numbers; it
// converges for |l| < 2 pi, and for |l| <= 1 nine terms leave less than 1e-17.
constexpr std::array<double, 9> kLogSinhc = {1.0 / 24,
                                             -1.0 / 2880,
                                             1.0 / 181440,
                                             -1.0 / 9676800,
                                             1.0 / 479001600,
                                             -691.0 / 15692092416000,
                                             1.0 / 1046139494400,
                                             -3617.0 / 170729965486080000,
                                             43867.0 / 91963695909076992000.0};
constexpr double kSeriesLimit = 1.0;

// Sum over n of factor(n) * c_n * l^(2n + shift), by Horner's rule.
template <class Factor>
Tensor series(const Tensor& l, Factor factor) {
  const Tensor square = l.square();
  Tensor sum = square * 0;
  for (int n = static_cast<int>(kLogSinhc.size()); n >= 1; --n)
    sum = sum * square + factor(n) * kLogSinhc[static_cast<std::size_t>(n - 1)];
  return sum;
}

// Chooses per element; each side sees harmless arguments where it is not chosen, so that no NaN of
// the other side reaches a gradient.
struct Split {
  explicit Split(const Tensor& logits)
      : is_small(logits.abs().lt(kSeriesLimit)),
        small(at::where(is_small, logits, logits * 0)),
        large(at::where(is_small, logits * 0 + 2 * kSeriesLimit, logits)) {}
  Tensor choose(const Tensor& from_small, const Tensor& from_large) const {
    return at::where(is_small, from_small, from_large);
  }
  Tensor is_small, small, large;
};

}  // namespace

ContinuousBernoulli::ContinuousBernoulli(Tensor logits) : logits_(std::move(logits)) {}

Shape ContinuousBernoulli::batch_shape() const { return logits_.sizes().vec(); }

Tensor ContinuousBernoulli::log_partition() const {
  const Split l(logits_);
  const Tensor near = l.small * 0.5 + l.small.square() * series(l.small, [](int) { return 1.0; });
  const Tensor magnitude = l.large.abs();
  // (e^l - 1) / l = e^max(l,0) (1 - e^-|l|) / |l|
  const Tensor far = l.large.clamp_min(0) + (-(-magnitude).exp()).log1p() - magnitude.log();
  return l.choose(near, far);
}

Tensor ContinuousBernoulli::log_prob(const Tensor& value) const {
  check_broadcast("ContinuousBernoulli", "value", value, "logits", logits_);
  return value * logits_ - log_partition();
}

Tensor ContinuousBernoulli::rsample(const Shape& sample_shape, RandomSource& source) const {
  const Tensor raw = source.uniform(concatenate(sample_shape, logits_.sizes()), logits_.options());
  // Inverse distribution function log1p(u (e^a - 1)) / a, a = -|l|; the mirror image serves l > 0.
  const Tensor is_positive = logits_.gt(0);
  const Tensor u = at::where(is_positive, 1 - raw, raw);
  const Tensor a = at::where(is_positive, -logits_, logits_);  // not -abs: its slope at 0 is 0
  constexpr double kLimit = 1e-2;
  const Tensor is_small = a.gt(-kLimit).expand_as(u);
  const Tensor a_far = at::where(is_small, a * 0 - 1, a);
  const Tensor far = (u * a_far.expm1()).log1p() / a_far;
  // Cumulants of a Bernoulli variable of probability u, over n!: the quotient loses digits to
  // cancellation here.
  const Tensor v = u * (1 - u), skew = 1 - u * 2;
  const Tensor near =
      u + a * (v / 2 + a * (v * skew / 6 +
                            a * (v * (1 - v * 6) / 24 + a * (v * skew * (1 - v * 12) / 120))));
  const Tensor x = at::where(is_small, near, far);
  return at::where(is_positive, 1 - x, x);
}

Tensor ContinuousBernoulli::mean() const {
  const Split l(logits_);
  const Tensor near = l.small * series(l.small, [](int n) { return 2.0 * n; }) + 0.5;
  const Tensor magnitude = l.large.abs();
  const Tensor upper = -(-magnitude).expm1().reciprocal() - magnitude.reciprocal();
  return l.choose(near, at::where(l.large.gt(0), upper, 1 - upper));
}

Tensor ContinuousBernoulli::variance() const {
  const Split l(logits_);
  const Tensor near = series(l.small, [](int n) { return 2.0 * n * (2.0 * n - 1); });
  const Tensor magnitude = l.large.abs();
  const Tensor decay = (-magnitude).exp();
  const Tensor far = magnitude.square().reciprocal() - decay / (1 - decay).square();
  return l.choose(near, far);
}

Tensor ContinuousBernoulli::entropy() const {
  const Split l(logits_);
  // log_partition - l * mean; the derivative of the even part lowers each term's weight by 2n.
  const Tensor near = l.small.square() * series(l.small, [](int n) { return 1.0 - 2.0 * n; });
  const Tensor magnitude = l.large.abs();
  const Tensor decay = (-magnitude).exp();
  const Tensor far = (-decay).log1p() - magnitude.log() + 1 - magnitude * decay / (1 - decay);
  return l.choose(near, far);
}

DistributionPtr ContinuousBernoulli::detach() const {
  return std::make_shared<ContinuousBernoulli>(logits_.detach());
}

std::vector<std::pair<std::string, Tensor>> ContinuousBernoulli::parameters() const {
  return {{"logits", logits_}};
}

}  // namespace elbow
