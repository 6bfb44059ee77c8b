#include "elbow/probability/distributions/partly_known.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <limits>

namespace elbow {

PartlyKnown::PartlyKnown(DistributionPtr base, Tensor known, Tensor is_known)
    : base_(std::move(base)), known_(std::move(known)), is_known_(std::move(is_known)) {}

Tensor PartlyKnown::with_known(const Tensor& value) const {
  return at::where(is_known_.unsqueeze(-1), known_.to(value.scalar_type()), value);
}

Tensor PartlyKnown::log_prob(const Tensor& value) const {
  const Tensor of_base = base_->log_prob(value);
  const Tensor zeros = at::zeros_like(of_base);
  const Tensor of_known =
      at::where((value == known_).all(-1), zeros, zeros - std::numeric_limits<double>::infinity());
  return at::where(is_known_, of_known, of_base);
}

Tensor PartlyKnown::rsample(const Shape& sample_shape, RandomSource& source) const {
  return with_known(base_->rsample(sample_shape, source));
}

Tensor PartlyKnown::sample(const Shape& sample_shape, RandomSource& source) const {
  return with_known(base_->sample(sample_shape, source));
}

Tensor PartlyKnown::mean() const { return with_known(base_->mean()); }

Tensor PartlyKnown::variance() const {
  return base_->variance().masked_fill(is_known_.unsqueeze(-1), 0);
}

Tensor PartlyKnown::entropy() const { return base_->entropy().masked_fill(is_known_, 0); }

DistributionPtr PartlyKnown::detach() const {
  return std::make_shared<PartlyKnown>(base_->detach(), known_, is_known_);
}

std::vector<std::pair<std::string, Tensor>> PartlyKnown::parameters() const {
  return base_->parameters();
}

Tensor PartlyKnown::log_prob_of_known() const {
  return base_->log_prob(known_).masked_fill(is_known_.logical_not(), 0);
}

}  // namespace elbow
