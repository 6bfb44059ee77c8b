#include "elbow/probability/distributions/beta.h"

#include <ATen/ops/digamma.h>
#include <ATen/ops/lgamma.h>

#include <cmath>

#include "gamma_draw.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

Tensor log_beta_function(const Tensor& a, const Tensor& b) {
  return at::lgamma(a) + at::lgamma(b) - at::lgamma(a + b);
}

}  // namespace

Beta::Beta(Tensor log_a, Tensor log_b) : log_a_(std::move(log_a)), log_b_(std::move(log_b)) {
  check_broadcast("Beta", "log_a", log_a_, "log_b", log_b_);
}

Shape Beta::batch_shape() const { return broadcast_shape(log_a_.sizes(), log_b_.sizes()); }

Tensor Beta::log_prob(const Tensor& value) const {
  const Tensor outside = value.le(0).logical_or(value.ge(1));
  const Tensor x = value.masked_fill(outside, 0.5);
  const Tensor a = log_a_.exp(), b = log_b_.exp();
  const Tensor density = (a - 1) * x.log() + (b - 1) * (-x).log1p() - log_beta_function(a, b);
  return density.masked_fill(outside, -INFINITY);
}

Tensor Beta::rsample(const Shape& sample_shape, RandomSource& source) const {
  const auto shape = concatenate(sample_shape, batch_shape());
  const Tensor first = log_gamma_draw(log_a_, shape, source);
  const Tensor second = log_gamma_draw(log_b_, shape, source);
  const Tensor x = (first - second).sigmoid();
  const double below_one = x.scalar_type() == at::kDouble ? 1 - 0x1p-53 : 1 - 0x1p-24;
  return x.clamp(smallest_normal(x), below_one);
}

Tensor Beta::mean() const { return (log_a_ - log_b_).sigmoid(); }

Tensor Beta::variance() const {
  const Tensor logit = log_a_ - log_b_;
  return logit.sigmoid() * (-logit).sigmoid() / (log_a_.exp() + log_b_.exp() + 1);
}

Tensor Beta::entropy() const {
  const Tensor a = log_a_.exp(), b = log_b_.exp(), total = a + b;
  return log_beta_function(a, b) - (a - 1) * at::digamma(a) - (b - 1) * at::digamma(b) +
         (total - 2) * at::digamma(total);
}

DistributionPtr Beta::detach() const {
  return std::make_shared<Beta>(log_a_.detach(), log_b_.detach());
}

std::vector<std::pair<std::string, Tensor>> Beta::parameters() const {
  return {{"log_a", log_a_}, {"log_b", log_b_}};
}

}  // namespace elbow
