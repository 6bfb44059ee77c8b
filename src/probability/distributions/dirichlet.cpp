#include "elbow/probability/distributions/dirichlet.h"

#include <ATen/ops/digamma.h>
#include <ATen/ops/lgamma.h>
#include <ATen/ops/log_softmax.h>
#include <c10/util/Exception.h>

#include <cmath>

#include "gamma_draw.h"
#include "tensor_ops.h"

namespace elbow {

Dirichlet::Dirichlet(Tensor log_concentration) : log_concentration_(std::move(log_concentration)) {
  TORCH_CHECK(log_concentration_.dim() >= 1 && log_concentration_.size(-1) >= 2,
              "Dirichlet: log_concentration needs a last dimension of at least two, got shape ",
              log_concentration_.sizes());
}

Shape Dirichlet::batch_shape() const { return without_last(log_concentration_.sizes(), 1); }

Shape Dirichlet::event_shape() const { return last(log_concentration_.sizes(), 1); }

Tensor Dirichlet::log_prob(const Tensor& value) const {
  check_broadcast("Dirichlet", "value", value, "log_concentration", log_concentration_);
  const Tensor not_positive = value.le(0);
  const Tensor outside = not_positive.any(-1).logical_or((value.sum(-1) - 1).abs().gt(1e-4));
  const Tensor log_value = value.masked_fill(not_positive, 1.0).log();
  const Tensor a = log_concentration_.exp();
  const Tensor density =
      ((a - 1) * log_value).sum(-1) + at::lgamma(a.sum(-1)) - at::lgamma(a).sum(-1);
  return density.masked_fill(outside, -INFINITY);
}

Tensor Dirichlet::rsample(const Shape& sample_shape, RandomSource& source) const {
  const auto shape = concatenate(sample_shape, log_concentration_.sizes());
  const Tensor log_draw = at::log_softmax(log_gamma_draw(log_concentration_, shape, source), -1);
  return log_draw.exp().clamp_min(smallest_normal(log_draw));
}

Tensor Dirichlet::mean() const { return log_concentration_.softmax(-1); }

Tensor Dirichlet::variance() const {
  const Tensor probability = mean();
  const Tensor total = log_concentration_.exp().sum(-1, /*keepdim=*/true);
  return probability * (1 - probability) / (total + 1);
}

Tensor Dirichlet::entropy() const {
  const Tensor a = log_concentration_.exp(), total = a.sum(-1);
  const double size = static_cast<double>(log_concentration_.size(-1));
  return at::lgamma(a).sum(-1) - at::lgamma(total) + (total - size) * at::digamma(total) -
         ((a - 1) * at::digamma(a)).sum(-1);
}

DistributionPtr Dirichlet::detach() const {
  return std::make_shared<Dirichlet>(log_concentration_.detach());
}

std::vector<std::pair<std::string, Tensor>> Dirichlet::parameters() const {
  return {{"log_concentration", log_concentration_}};
}

}  // namespace elbow
