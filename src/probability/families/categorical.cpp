#include "elbow/probability/families/categorical.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/one_hot.h>

namespace elbow {

std::int64_t CategoricalFamily::natural_size() const { return size_; }
std::int64_t CategoricalFamily::event_size() const { return size_; }

Tensor CategoricalFamily::statistics(const Tensor& x) const { return x; }

Tensor CategoricalFamily::log_partition(const Tensor& eta) const { return eta.logsumexp({-1}); }

Tensor CategoricalFamily::mean(const Tensor& eta) const { return eta.softmax(-1); }

Tensor CategoricalFamily::natural_from_mean(const Tensor& mean) const { return mean.log(); }

OrdinaryParameters CategoricalFamily::ordinary(const Tensor& eta) const {
  return {{"probabilities", mean(eta)}};
}

Tensor CategoricalFamily::natural(const std::vector<Tensor>& ordinary) const {
  return ordinary.at(0).log();
}

Tensor CategoricalFamily::mode(const Tensor& eta) const {
  return at::one_hot(eta.argmax(-1), size_).to(eta.scalar_type());
}

Tensor CategoricalFamily::sample(const Tensor& eta, RandomSource& source) const {
  // The Gumbel-max trick: one uniform per class, no cumulative sums.
  const Tensor gumbel = -(-source.uniform(eta.sizes(), eta.options()).log()).log();
  return mode(eta + gumbel);
}

std::string CategoricalFamily::problem(const Tensor& eta) const {
  if (eta.isnan().any().item<bool>()) return "a logit is not a number";
  return eta.logsumexp({-1}).isfinite().all().item<bool>() ? "" : "no class has a finite logit";
}

}  // namespace elbow
