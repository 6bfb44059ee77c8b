#pragma once

#include "elbow/probability/families/exponential_family.h"

namespace elbow {

/// x = (w, tau): tau ~ Gamma(a, b), w | tau ~ N(m, (tau K)^-1) of D features: t = (ln tau, tau, tau
/// w, tau w w^T), eta = (a - 1 + D / 2, -b - m^T K m / 2, K m, -K / 2). D = 1: the mean and
/// precision of one feature. Bishop, "Pattern Recognition and Machine Learning", 2006,
/// section 2.3.6.
class NormalGammaFamily : public ExponentialFamily {
 public:
  explicit NormalGammaFamily(std::int64_t size) : size_(size) {}
  std::string name() const override { return "normal_gamma"; }
  std::int64_t natural_size() const override;
  std::int64_t event_size() const override;
  Tensor statistics(const Tensor& x) const override;
  Tensor log_partition(const Tensor& eta) const override;
  Tensor mean(const Tensor& eta) const override;
  Tensor natural_from_mean(const Tensor& mean) const override;
  OrdinaryParameters ordinary(const Tensor& eta) const override;
  Tensor natural(const std::vector<Tensor>& ordinary) const override;
  Tensor mode(const Tensor& eta) const override;
  Tensor sample(const Tensor& eta, RandomSource& source) const override;
  std::string problem(const Tensor& eta) const override;

 private:
  std::int64_t size_;
};

}  // namespace elbow
