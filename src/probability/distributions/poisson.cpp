#include "elbow/probability/distributions/poisson.h"

#include <ATen/ops/where.h>
#include <c10/util/Exception.h>

#include "elbow/foundations/core/constants.h"
#include "poisson_draw.h"
#include "stirling.h"
#include "tensor_ops.h"

namespace elbow {

Tensor poisson_log_mass(const Tensor& log_rate, const Tensor& count) {
  const Tensor rate = log_rate.exp(), is_zero = count.eq(0), x = count.masked_fill(is_zero, 1.0);
  // x log(rate) - rate - log x! in its saddle-point form: a count of a million keeps its digits.
  const Tensor difference = x - rate, log_x = x.log();
  const Tensor deviance = x * log_ratio(log_x, log_rate, rate, difference) - difference;
  const Tensor positive = -deviance - log_x * 0.5 - kHalfLog2Pi - stirling_error(x);
  return at::where(is_zero, -rate, positive);
}

Tensor is_no_count(const Tensor& value) {
  return value.lt(0).logical_or(value.ne(value.floor())).logical_or(value.isinf());
}

Poisson::Poisson(Tensor log_rate) : log_rate_(std::move(log_rate)) {}

Shape Poisson::batch_shape() const { return log_rate_.sizes().vec(); }

Tensor Poisson::log_prob(const Tensor& value) const {
  check_broadcast("Poisson", "value", value, "log_rate", log_rate_);
  const Tensor outside = is_no_count(value);
  const Tensor count = value.masked_fill(outside, 0.0).to(at::kDouble);
  const Tensor mass = poisson_log_mass(log_rate_.to(at::kDouble), count);
  return mass.masked_fill(outside, -INFINITY).to(log_rate_.scalar_type());
}

Tensor Poisson::rsample(const Shape&, RandomSource&) const {
  TORCH_CHECK(false,
              "Poisson: draws are discrete, so they have no reparameterised form; use sample");
}

Tensor Poisson::sample(const Shape& sample_shape, RandomSource& source) const {
  return poisson_draw(log_rate_, concatenate(sample_shape, batch_shape()), source);
}

Tensor Poisson::entropy() const { TORCH_CHECK(false, "Poisson: the entropy has no closed form"); }

DistributionPtr Poisson::detach() const { return std::make_shared<Poisson>(log_rate_.detach()); }

std::vector<std::pair<std::string, Tensor>> Poisson::parameters() const {
  return {{"log_rate", log_rate_}};
}

}  // namespace elbow
