#pragma once

#include <string>

#include "elbow/inference/guides/relaxation.h"
#include "elbow/models/generative/trace.h"

namespace elbow {

/// The relaxation of one latent at its present temperatures: what a conditioned guide holds of it.
/// A value; it is true where there is one.
class RelaxedLatent {
 public:
  RelaxedLatent() = default;
  /// @param relaxation null: none @param device of the latent
  RelaxedLatent(RelaxationPtr relaxation, at::Device device);
  explicit operator bool() const { return relaxation_ != nullptr; }

  /// A relaxed draw of q as a site of the guide.
  Site draw(const std::string& name,
            const DistributionPtr& q,
            const Shape& sample_shape,
            RandomSource& source) const;
  /// q of a value that was drawn before: its relaxation where the value has a density.
  Site score(const Site& drawn, const DistributionPtr& q) const;
  /// The model's site at such a value, with its p relaxed likewise.
  Site relaxed(const Site& model, const Site& drawn) const;
  /// Without a graph to the temperatures.
  RelaxedLatent detach() const;

 private:
  RelaxationPtr relaxation_;
  Relaxation::Temperatures temperatures_;
};

}  // namespace elbow
