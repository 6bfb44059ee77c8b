#pragma once

#include "elbow/probability/families/exponential_family.h"

namespace elbow {

/// x = (mu, L): L ~ Wishart(W, nu), mu | L ~ N(m, (kappa L)^-1) of D features: t = (ln |L|, L, L
/// mu, mu^T L mu), eta = ((nu - D) / 2, -(W^-1 + kappa m m^T) / 2, kappa m, -kappa / 2). Bishop,
/// "Pattern Recognition and Machine Learning", 2006, section 2.3.6.
class NormalWishartFamily : public ExponentialFamily {
 public:
  explicit NormalWishartFamily(std::int64_t size) : size_(size) {}
  std::string name() const override { return "normal_wishart"; }
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
