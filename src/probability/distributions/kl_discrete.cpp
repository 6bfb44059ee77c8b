#include <ATen/ops/where.h>

#include "elbow/probability/distributions/bernoulli.h"
#include "elbow/probability/distributions/categorical.h"
#include "elbow/probability/distributions/continuous_bernoulli.h"
#include "elbow/probability/distributions/one_hot_categorical.h"
#include "kl_rows.h"
#include "positive_part.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

/// softplus, without LibTorch's switch to the identity above 20, which costs float64 seven digits.
Tensor smooth_softplus(const Tensor& x) { return positive_part(x) + (-x.abs()).exp().log1p(); }

Tensor bernoulli_bernoulli(const Distribution& first, const Distribution& second) {
  const Tensor& p = dynamic_cast<const Bernoulli&>(first).logits();
  const Tensor& q = dynamic_cast<const Bernoulli&>(second).logits();
  return p.sigmoid() * (p - q) - smooth_softplus(p) + smooth_softplus(q);
}

Tensor continuous_bernoulli_pair(const Distribution& first, const Distribution& second) {
  const auto& p = dynamic_cast<const ContinuousBernoulli&>(first);
  const auto& q = dynamic_cast<const ContinuousBernoulli&>(second);
  return p.mean() * (p.logits() - q.logits()) - p.log_partition() + q.log_partition();
}

/// From tables of log probabilities, summed over the classes.
Tensor classes_kl(const Tensor& p, const Tensor& q) {
  const Tensor terms = p.exp() * (p - q);
  // A class that p never draws adds nothing, whatever q thinks of it.
  return at::where(p.isneginf(), terms.new_zeros({}), terms).sum(-1);
}

Tensor categorical_categorical(const Distribution& first, const Distribution& second) {
  return classes_kl(dynamic_cast<const Categorical&>(first).log_probabilities(),
                    dynamic_cast<const Categorical&>(second).log_probabilities());
}

Tensor one_hot_pair(const Distribution& first, const Distribution& second) {
  return classes_kl(dynamic_cast<const OneHotCategorical&>(first).log_probabilities(),
                    dynamic_cast<const OneHotCategorical&>(second).log_probabilities())
      .sum(-1);
}

}  // namespace

std::vector<KlRow> discrete_kl_rows() {
  return {
      {"bernoulli", "bernoulli", true, bernoulli_bernoulli},
      {"continuous_bernoulli", "continuous_bernoulli", true, continuous_bernoulli_pair},
      {"categorical", "categorical", true, categorical_categorical},
      {"one_hot_categorical", "one_hot_categorical", false, one_hot_pair},
  };
}

}  // namespace elbow
