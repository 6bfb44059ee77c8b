#include "elbow/conjugate/global_factor.h"

#include <ATen/TensorOperators.h>

namespace elbow {

Globals::Globals(const std::vector<GlobalFactor>& factors, std::vector<Tensor> natural)
    : natural_(std::move(natural)), means_(natural_.size()) {
  for (const auto& factor : factors) kinds_.push_back({factor.family, factor.is_point});
}

const Tensor& Globals::mean(std::size_t i) const {
  Tensor& mean = means_.at(i);
  if (mean.defined()) return mean;
  const Kind& kind = kinds_.at(i);
  if (!kind.family) {
    mean = natural_[i];
  } else if (kind.is_point) {
    mean = kind.family->statistics(kind.family->mode(natural_[i]));
  } else {
    mean = kind.family->mean(natural_[i]);
  }
  return mean;
}

void Globals::set(std::size_t i, Tensor natural) {
  natural_.at(i) = std::move(natural);
  means_.at(i) = Tensor();
}

}  // namespace elbow
