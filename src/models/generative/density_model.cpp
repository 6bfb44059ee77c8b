#include "elbow/models/generative/density_model.h"

namespace elbow {

ComponentInfo DensityModel::info() {
  ModelTraits traits;
  traits.posterior = ApproximatePosterior::none;
  traits.events = {EventKind::vector, EventKind::image};
  return ComponentInfo::of("density",
                           "A learned density of the data themselves, fitted by maximum likelihood")
      .source(
          "Dinh, Sohl-Dickstein, Bengio, Density estimation using Real NVP, 2017, "
          "arXiv:1605.08803, "
          "section 3.1")
      .takes({Parameter::component(
          "density", "prior", "p(x), any prior: a flow, a mixture, a full-rank normal")})
      .with(traits);
}

GenerativeModelPtr DensityModel::create(const ConfigNode& node, const DataContext& data) {
  BuildContext context{{num_elements(data.event_shape)}, /*context_shape=*/{}, data};
  if (data.examples)
    context.values = [examples = data.examples](std::int64_t n) { return examples(n).flatten(1); };
  return std::make_shared<DensityModel>(prior_factory().create(node.child("density"), context),
                                        data.event_shape);
}

DensityModel::DensityModel(PriorPtr density, Shape event_shape)
    : density_(register_module("density", std::move(density))),
      event_shape_(std::move(event_shape)) {}

Trace DensityModel::score(const Batch& batch, const Trace&, const ModelContext&) {
  Trace trace;
  trace.add(Site("x", density(), batch.x.flatten(1).unsqueeze(0), /*is_observed=*/true));
  return trace;
}

Trace DensityModel::sample(std::int64_t n, const ModelContext& context) {
  const auto here = density();
  // The leading 1 is the particle: keyed sources want [K, B, ...].
  const Tensor x = here->sample({1, n}, context.source).squeeze(0);
  Trace trace;
  trace.add(Site("x", here, x.unflatten(-1, event_shape_), /*is_observed=*/false));
  return trace;
}

}  // namespace elbow
