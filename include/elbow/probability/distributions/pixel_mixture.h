#pragma once

#include "elbow/probability/distributions/distribution.h"
#include "elbow/probability/distributions/level_grid.h"

namespace elbow {

/// Images of three channels: each pixel is drawn from one of M components, within which red is a
/// discretized logistic, the location of green is shifted by a multiple of red, and that of blue by
/// multiples of both. Event shape [3, H, W], on a grid of levels.
///
/// Salimans, Karpathy, Chen, Kingma, "PixelCNN++", 2017, arXiv:1701.05517, section 2.2.
class PixelMixture : public Distribution {
 public:
  /// The locations and scales are in the unit of the grid; a channel shifts another one by its
  /// distance from the middle of the grid.
  /// @param logits       [batch..., H, W, M]
  /// @param loc          [batch..., 3, H, W, M]
  /// @param log_scale    [batch..., 3, H, W, M]
  /// @param coefficients [batch..., 3, H, W, M]: of red in green, red in blue, green in blue
  PixelMixture(
      Tensor logits, Tensor loc, Tensor log_scale, Tensor coefficients, const LevelGrid& grid);
  std::string name() const override { return "pixel_mixture"; }
  Shape batch_shape() const override;
  Shape event_shape() const override;
  /// Rounding between the channels leaves no closed form of the moments.
  Traits traits() const override;
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor sample(const Shape& sample_shape, RandomSource& source) const override;
  /// The mean if nothing were rounded: the channels' locations in each component, cut off at the
  /// ends of the grid, averaged over the components.
  Tensor location() const override;
  /// @throws c10::Error: there is no closed form
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;

 private:
  Tensor logits_, loc_, log_scale_, coefficients_;
  LevelGrid grid_;
};

}  // namespace elbow
