#include "elbow/probability/families/exponential_family.h"

#include <ATen/TensorOperators.h>

namespace elbow {

Tensor ExponentialFamily::log_prob(const Tensor& x, const Tensor& eta) const {
  return (eta * statistics(x)).sum(-1) - log_partition(eta);
}

Tensor ExponentialFamily::entropy(const Tensor& eta) const {
  return log_partition(eta) - (eta * mean(eta)).sum(-1);
}

Tensor ExponentialFamily::kl(const Tensor& p, const Tensor& q) const {
  return ((p - q) * mean(p)).sum(-1) - log_partition(p) + log_partition(q);
}

}  // namespace elbow
