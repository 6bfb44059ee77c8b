#pragma once

#include "elbow/probability/distributions/level_grid.h"
#include "elbow/probability/distributions/location_scale.h"

namespace elbow {

/// A logistic rounded to the nearest level of a grid, so that the lowest and the largest level
/// take the tails: a mass for each level. Event shape []; a value counts as the level that is
/// nearest, and has mass zero beyond the ends.
///
/// Salimans, Karpathy, Chen, Kingma, "PixelCNN++", 2017, arXiv:1701.05517, section 2.1.
class DiscretizedLogistic : public LocationScale {
 public:
  /// @param loc, log_scale of the logistic, in the unit of the grid
  DiscretizedLogistic(Tensor loc, Tensor log_scale, const LevelGrid& grid);
  std::string name() const override { return "discretized_logistic"; }
  Traits traits() const override { return discrete_traits(); }
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor sample(const Shape& sample_shape, RandomSource& source) const override;
  /// Moments and entropy are sums over all levels.
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  const LevelGrid& grid() const { return grid_; }

 private:
  /// log of the mass of level k, a whole number within the grid.
  Tensor log_mass(const Tensor& k) const;
  /// Sum over all levels of mass * term(level, log_mass), [batch...].
  template <class Term>
  Tensor expectation(Term term) const;

  LevelGrid grid_;
};

/// Level of the grid nearest to each value, cut off at its ends.
Tensor to_level(const Tensor& value, const LevelGrid& grid);

}  // namespace elbow
