#include "elbow/probability/families/beta.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>

#include "elbow/probability/families/dirichlet.h"

namespace elbow {

namespace {

/// Beta(a, b) is the first of two Dirichlet proportions.
const DirichletFamily& pair() {
  static const DirichletFamily family(2);
  return family;
}

}  // namespace

std::int64_t BetaFamily::natural_size() const { return 2; }
std::int64_t BetaFamily::event_size() const { return 1; }

Tensor BetaFamily::statistics(const Tensor& x) const {
  const Tensor value = x.select(-1, 0);
  return at::stack({value.log(), (-value).log1p()}, -1);
}

Tensor BetaFamily::log_partition(const Tensor& eta) const { return pair().log_partition(eta); }
Tensor BetaFamily::mean(const Tensor& eta) const { return pair().mean(eta); }

Tensor BetaFamily::natural_from_mean(const Tensor& mean) const {
  return pair().natural_from_mean(mean);
}

OrdinaryParameters BetaFamily::ordinary(const Tensor& eta) const {
  return {{"a", eta.select(-1, 0) + 1.0}, {"b", eta.select(-1, 1) + 1.0}};
}

Tensor BetaFamily::natural(const std::vector<Tensor>& ordinary) const {
  return at::stack({ordinary.at(0), ordinary.at(1)}, -1) - 1.0;
}

Tensor BetaFamily::mode(const Tensor& eta) const { return pair().mode(eta).narrow(-1, 0, 1); }

Tensor BetaFamily::sample(const Tensor& eta, RandomSource& source) const {
  return pair().sample(eta, source).narrow(-1, 0, 1);
}

std::string BetaFamily::problem(const Tensor& eta) const { return pair().problem(eta); }

}  // namespace elbow
