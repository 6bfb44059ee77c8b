#pragma once

#include "elbow/models/generative/trace.h"

namespace elbow {

/// An average of one number a particle, so that each particle can be judged by its own.
class ParticleMean {
 public:
  virtual ~ParticleMean() = default;
  /// Those numbers, as far as they are sampled and depend on the guide's site `site`: what has a
  /// closed form, or stands before the site in model and guide, is left out (Rao-Blackwell). [K, B]
  virtual Tensor particle_terms(const Trace& model, const Trace& guide, std::size_t site) const = 0;
};

}  // namespace elbow
