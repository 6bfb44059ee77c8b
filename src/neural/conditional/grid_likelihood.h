#pragma once

#include "elbow/neural/conditional/conditional_distribution.h"
#include "elbow/neural/nn/network.h"
#include "elbow/probability/distributions/level_grid.h"

namespace elbow {

/// Elements on a grid of levels, such as the 256 of a byte: mixtures of logistics that are rounded
/// to the levels. In colour images the channels of a pixel depend on each other.
///
/// The network's numbers are in the unit of the paper, in which the grid goes from -1 to 1.
class GridLikelihood : public ConditionalDistribution {
 public:
  static ComponentInfo info();
  GridLikelihood(const ConfigNode& node, const BuildContext& context);
  DistributionPtr forward(const Tensor& context) override;

 private:
  Tensor start(const ConfigNode& node, const BuildContext& context) const;
  Tensor to_loc(const Tensor& output) const;
  Tensor to_log_scale(const Tensor& output) const;
  DistributionPtr pixels(const Tensor& flat) const;
  DistributionPtr elements(const Tensor& flat) const;

  std::int64_t event_dims_, num_components_;
  LevelGrid grid_;
  double min_log_scale_;
  bool is_conditioned_;  ///< channels depend on each other
  NetworkPtr network_;
};

/// The grid that a section of the configuration describes, by num_levels and levels.
LevelGrid grid_of(const ConfigNode& node);

}  // namespace elbow
