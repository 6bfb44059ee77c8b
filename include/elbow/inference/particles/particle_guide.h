#pragma once

#include "elbow/inference/guides/guide.h"
#include "elbow/inference/particles/unconstrained_joint.h"

namespace elbow {

/// Points of equal weight as an approximation of the posterior over latents that all examples
/// share: the particles of SVGD.
class ParticleGuide : public Guide {
 public:
  /// @param start unconstrained vectors, [N, G, U]; they are what is fitted
  ParticleGuide(const UnconstrainedJoint& joint, const Tensor& start);
  /// Each latent's distribution is the points' (Empirical); a target's z has batch shape [1].
  ConditionedGuidePtr condition(const Batch& batch) override;
  /// [N, G, U].
  const Tensor& particles() const { return particles_; }
  const UnconstrainedJoint& joint() const { return joint_; }

 private:
  UnconstrainedJoint joint_;
  Tensor particles_;
};

}  // namespace elbow
