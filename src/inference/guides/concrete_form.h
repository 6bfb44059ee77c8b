#pragma once

#include <memory>

#include "elbow/probability/distributions/relaxed_bernoulli.h"
#include "elbow/probability/distributions/relaxed_one_hot.h"

namespace elbow {

/// The Concrete relaxation of a vector of discrete variables, drawn and scored by the logits of its
/// values, in whose coordinates guide and model agree. [sample..., batch..., event] each.
class ConcreteForm {
 public:
  /// @throws std::logic_error for what is neither binary nor one-hot
  ConcreteForm(const Distribution& discrete, const Tensor& temperature);
  DistributionPtr distribution() const;
  Tensor rsample_logits(const Shape& sample_shape, RandomSource& source) const;
  Tensor values(const Tensor& value_logits) const;
  Tensor log_prob(const Tensor& value_logits) const;

 private:
  std::shared_ptr<const RelaxedBernoulli> binary_;  ///< one of the two
  std::shared_ptr<const RelaxedOneHot> one_hot_;
};

}  // namespace elbow
