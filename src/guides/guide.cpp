#include "elbow/guides/guide.h"

#include <ATen/core/Tensor.h>

#include <stdexcept>

namespace elbow {

Trace Guide::draw(const Tensor& x, std::int64_t num_particles, RandomSource& source) {
  const Trace proposed = propose(x, num_particles, source);
  if (proposed.sites().size() > 1 || proposed.has_particle_weights())
    throw std::logic_error("this guide has no draws without a gradient of its own");
  Trace out;
  for (const auto& site : proposed.sites())
    out.add(site.with(site.dist_ptr(), site.value().detach()));
  return out;
}

Trace Guide::score_sites(const Tensor& x, const Trace& values) {
  if (values.sites().size() != 1)
    throw std::logic_error("this guide scores one site, and was given " +
                           std::to_string(values.sites().size()));
  return score(x, values.sites().front().value());
}

}  // namespace elbow
