#pragma once

#include "elbow/probability/families/exponential_family.h"

namespace elbow {

/// Dirichlet of D proportions: t = ln x, eta = concentration - 1.
class DirichletFamily : public ExponentialFamily {
 public:
  explicit DirichletFamily(std::int64_t size) : size_(size) {}
  std::string name() const override { return "dirichlet"; }
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
