#pragma once

#include "elbow/probability/families/exponential_family.h"

namespace elbow {

/// Beta(a, b): t = (ln x, ln(1 - x)), eta = (a - 1, b - 1).
class BetaFamily : public ExponentialFamily {
 public:
  std::string name() const override { return "beta"; }
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
};

}  // namespace elbow
