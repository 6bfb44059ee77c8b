#include "elbow/probability/distributions/masked.h"

#include <ATen/TensorOperators.h>

#include "elbow/foundations/core/error.h"
#include "elbow/probability/distributions/independent.h"

namespace elbow {

Masked::Masked(DistributionPtr elements, const Tensor& seen)
    : elements_(std::move(elements)), hidden_(seen.logical_not()) {}

Tensor Masked::log_prob(const Tensor& value) const {
  // A value that every support holds: where a density or its slope is infinite, the gradient of
  // what is left out would be 0 times infinity.
  const double safe = elements_->traits().is_discrete ? 0.0 : 0.5;
  return elements_->log_prob(value.masked_fill(hidden_, safe)).masked_fill(hidden_, 0.0);
}

Tensor Masked::entropy() const { return elements_->entropy().masked_fill(hidden_, 0.0); }

DistributionPtr Masked::detach() const {
  return std::make_shared<Masked>(elements_->detach(), hidden_.logical_not());
}

DistributionPtr observed_part(const DistributionPtr& p, const Tensor& seen) {
  if (!seen.defined()) return p;
  const auto* event = dynamic_cast<const Independent*>(p.get());
  if (event == nullptr || !event->base().event_shape().empty() ||
      event->num_dims() != seen.dim() - 1)
    throw UsageError(
        "model.likelihood: its density is of all numbers of an example together, so that a missing "
        "one cannot be left out",
        "choose a likelihood whose elements are independent given the latent (docs/missing.md)");
  return std::make_shared<Independent>(std::make_shared<Masked>(event->base_ptr(), seen),
                                       event->num_dims());
}

}  // namespace elbow
