#pragma once

#include "elbow/probability/targets/target.h"

namespace elbow {

/// Neal's funnel, normalised: v ~ N(0, 3^2), x_i | v ~ N(0, e^v), z = (v, x_1, ..., x_{D-1}).
///
/// Neal, "Slice sampling", Annals of Statistics 31(3), 2003, section 8, where D is 10.
class FunnelTarget : public Target {
 public:
  explicit FunnelTarget(std::int64_t size) : size_(size) {}
  static ComponentInfo info();
  static TargetPtr create(const ConfigNode& config);

  std::string name() const override { return "funnel"; }
  std::int64_t size() const override { return size_; }
  std::optional<double> log_normaliser() const override { return 0.0; }
  std::optional<Moments> moments() const override;
  bool has_sample() const override { return true; }

 protected:
  Tensor log_density_of(const Tensor& z) const override;
  Tensor draw(std::int64_t n, RandomSource& source) const override;

 private:
  std::int64_t size_;
};

}  // namespace elbow
