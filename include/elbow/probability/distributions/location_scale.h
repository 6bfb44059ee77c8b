#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// What the scalar families with a location and a scale share: event shape [], one variable per
/// element of the broadcast of loc and log_scale.
class LocationScale : public Distribution {
 public:
  LocationScale(const std::string& type, Tensor loc, Tensor log_scale);
  Shape batch_shape() const override;
  Shape event_shape() const override { return {}; }
  Tensor mean() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;
  const Tensor& loc() const { return loc_; }
  const Tensor& log_scale() const { return log_scale_; }

 protected:
  Tensor standardise(const Tensor& value) const;
  /// loc + scale * noise.
  Tensor place(const Tensor& noise) const;
  /// Uniform noise in (0, 1) for a draw of this shape.
  Tensor uniform(const Shape& sample_shape, RandomSource& source) const;

 private:
  Tensor loc_, log_scale_;
};

/// Laplace, density exp(-|x - loc| / scale) / (2 scale).
class Laplace : public LocationScale {
 public:
  Laplace(Tensor loc, Tensor log_scale);
  std::string name() const override { return "laplace"; }
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
};

/// Logistic: the distribution function is sigmoid((x - loc) / scale).
class Logistic : public LocationScale {
 public:
  Logistic(Tensor loc, Tensor log_scale);
  std::string name() const override { return "logistic"; }
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
};

/// exp of a normal with mean loc and standard deviation scale, on x > 0. log_prob is -inf for
/// x <= 0, with gradient zero.
class LogNormal : public LocationScale {
 public:
  LogNormal(Tensor loc, Tensor log_scale);
  std::string name() const override { return "log_normal"; }
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
};

}  // namespace elbow
