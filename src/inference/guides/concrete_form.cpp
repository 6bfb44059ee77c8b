#include "concrete_form.h"

#include <ATen/core/Tensor.h>

#include "discrete_variables.h"
#include "elbow/probability/distributions/independent.h"

namespace elbow {

ConcreteForm::ConcreteForm(const Distribution& discrete, const Tensor& temperature) {
  const DiscreteVariables variables(discrete);
  if (variables.is_binary())
    binary_ = std::make_shared<RelaxedBernoulli>(variables.logits(), temperature);
  else
    one_hot_ = std::make_shared<RelaxedOneHot>(variables.logits(), temperature);
}

DistributionPtr ConcreteForm::distribution() const {
  if (one_hot_) return one_hot_;
  return std::make_shared<Independent>(binary_, 1);
}

Tensor ConcreteForm::rsample_logits(const Shape& sample_shape, RandomSource& source) const {
  return one_hot_ ? one_hot_->rsample_logits(sample_shape, source)
                  : binary_->rsample_logits(sample_shape, source);
}

Tensor ConcreteForm::values(const Tensor& value_logits) const {
  return one_hot_ ? value_logits.exp() : value_logits.sigmoid();
}

Tensor ConcreteForm::log_prob(const Tensor& value_logits) const {
  return one_hot_ ? one_hot_->log_prob_of_logits(value_logits)
                  : binary_->log_prob_of_logits(value_logits).sum(-1);
}

}  // namespace elbow
