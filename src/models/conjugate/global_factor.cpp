#include "elbow/models/conjugate/global_factor.h"

#include <ATen/TensorOperators.h>

namespace elbow {

Tensor GlobalFactor::prior_in(const Tensor& frame) const {
  return frame.defined() && framed_prior && !is_flat ? framed_prior(frame) : prior;
}

Tensor GlobalFactor::prior_log_partition(const Tensor& frame) const {
  return family->log_partition(has_fixed_partition ? prior : prior_in(frame));
}

Globals::Globals(const std::vector<GlobalFactor>& factors,
                 std::vector<Tensor> natural,
                 Tensor frame)
    : natural_(std::move(natural)), frame_(std::move(frame)), means_(natural_.size()) {
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

void Globals::set_in(Tensor frame, std::size_t i, Tensor natural) {
  frame_ = std::move(frame);
  set(i, std::move(natural));
}

}  // namespace elbow
