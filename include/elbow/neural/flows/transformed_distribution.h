#pragma once

#include "elbow/probability/distributions/distribution.h"
#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// The distribution of y = f(x), x from a base: log q(y) = log p(x) - log |det df/dx|.
///
/// Rezende, Mohamed, "Variational inference with normalizing flows", 2015, arXiv:1505.05770,
/// equation 5. Draws come with their density in one pass, without an inverse; the density of any
/// other value needs one. Mean, variance and entropy have no closed form.
class TransformedDistribution : public Distribution {
 public:
  /// @param base      event as the transform takes it, batch dimensions those of the transform's
  ///                  parameters or more
  TransformedDistribution(DistributionPtr base, TransformPtr transform);
  std::string name() const override { return "transformed"; }
  Shape batch_shape() const override { return base_->batch_shape(); }
  /// That of y, which may differ from that of x (a vector to a matrix).
  Shape event_shape() const override { return event_shape_; }
  /// Those of its base, as far as the transform keeps them.
  Traits traits() const override;
  /// By the inverse. @throws c10::Error where the transform has none
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor sample(const Shape& sample_shape, RandomSource& source) const override;
  std::pair<Tensor, Tensor> rsample_and_log_prob(const Shape& sample_shape,
                                                 RandomSource& source) const override;
  std::pair<Tensor, Tensor> sample_and_log_prob(const Shape& sample_shape,
                                                RandomSource& source) const override;
  std::optional<StratifiedDraw> stratified_rsample(const Shape& sample_shape,
                                                   RandomSource& source) const override;
  /// Where the transform takes the base's location.
  Tensor location() const override;
  /// @throws c10::Error, as do variance and entropy: estimate them from draws
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;
  const Distribution& base() const { return *base_; }
  const Transform& transform() const { return *transform_; }

 private:
  DistributionPtr base_;
  TransformPtr transform_;
  Shape event_shape_;
};

/// What lies under all flows of a distribution: itself where there are none.
const Distribution& base_under_flows(const Distribution& dist);

/// The bijection that a distribution's draws went through. @throws std::bad_cast where there is
/// none
const Transform& transform_of(const Distribution& dist);

}  // namespace elbow
