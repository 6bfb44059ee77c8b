#pragma once

#include "elbow/inference/particles/point_guide.h"

namespace elbow {

/// The particles of SVGD.
class ParticleGuide : public PointGuide {
 public:
  /// @param start unconstrained vectors, [N, G, U]; they are what is fitted
  ParticleGuide(const UnconstrainedJoint& joint, const Tensor& start)
      : PointGuide(joint), particles_(register_parameter("particles", start)) {}
  Tensor points() const override { return particles_.detach(); }
  /// [N, G, U].
  const Tensor& particles() const { return particles_; }

 private:
  Tensor particles_;
};

}  // namespace elbow
