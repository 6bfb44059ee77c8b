#pragma once

#include "elbow/inference/guides/guide.h"
#include "elbow/inference/particles/unconstrained_joint.h"

namespace elbow {

/// Points of equal weight as an approximation of the posterior over latents that all examples
/// share. They have draws and moments, and no density.
class PointGuide : public Guide {
 public:
  explicit PointGuide(const UnconstrainedJoint& joint) : joint_(joint) {}
  /// Unconstrained, [N, G, U].
  virtual Tensor points() const = 0;
  const UnconstrainedJoint& joint() const { return joint_; }
  /// Each latent's distribution is the points' (Empirical), batch shape [G]; [] of a target's z.
  ConditionedGuidePtr condition(const Batch& batch) override;

 private:
  UnconstrainedJoint joint_;
};

}  // namespace elbow
