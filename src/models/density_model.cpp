#include "elbow/models/density_model.h"

#include <stdexcept>

namespace elbow {

DensityModel::DensityModel(PriorPtr density, Shape event_shape)
    : density_(register_module("density", std::move(density))),
      event_shape_(std::move(event_shape)) {}

Trace DensityModel::score(const Tensor& x, const Trace&) {
  const auto density = density_->distribution();
  Trace trace;
  trace.add(Site("x", density, x.flatten(1).unsqueeze(0), /*is_observed=*/true));
  return trace;
}

Trace DensityModel::sample(std::int64_t n, RandomSource& source) {
  const auto density = density_->distribution();
  // The leading 1 is the particle: keyed sources want [K, B, ...].
  const Tensor x = density->sample({1, n}, source).squeeze(0);
  Trace trace;
  trace.add(Site("x", density, x.unflatten(-1, event_shape_), /*is_observed=*/false));
  return trace;
}

DistributionPtr DensityModel::decode(const Tensor&) {
  throw std::logic_error("a density has no latents to decode");
}

}  // namespace elbow
