#pragma once

#include "elbow/probability/targets/target.h"

namespace elbow {

/// The twisted Gaussian in two dimensions, normalised:
/// z1 ~ N(0, scale^2), z2 | z1 ~ N(bend (z1^2 - scale^2), 1).
///
/// Haario, Saksman, Tamminen, "Adaptive proposal distribution for random walk Metropolis
/// algorithm", Computational Statistics 14(3), 1999, section 5: scale 10 with bend 0.03 (moderately
/// twisted) or 0.1 (strongly), there with the arms pointing down, which is a bend below 0 here.
class BananaTarget : public Target {
 public:
  BananaTarget(double scale, double bend) : scale_(scale), bend_(bend) {}
  static ComponentInfo info();
  static TargetPtr create(const ConfigNode& config);

  std::string name() const override { return "banana"; }
  std::int64_t size() const override { return 2; }
  std::optional<double> log_normaliser() const override { return 0.0; }
  std::optional<Moments> moments() const override;
  bool has_sample() const override { return true; }

 protected:
  Tensor log_density_of(const Tensor& z) const override;
  Tensor draw(std::int64_t n, RandomSource& source) const override;

 private:
  double scale_, bend_;
};

}  // namespace elbow
