#include "elbow/inference/model_factory.h"

#include "elbow/conditional/posterior.h"
#include "elbow/core/shape.h"
#include "elbow/guides/amortised_guide.h"
#include "elbow/guides/empty_guide.h"
#include "elbow/models/density_model.h"
#include "elbow/models/latent_model.h"
#include "elbow/models/target_model.h"
#include "regression_models.h"

namespace elbow {
namespace {

ComponentInfo latent_info() {
  ModelTraits traits;
  traits.events = {EventKind::vector, EventKind::image};
  traits.has_sleep_phase = true;
  return ComponentInfo::of("latent",
                           "Data explained by one latent vector each: a variational autoencoder")
      .source(
          "Kingma, Welling, Auto-encoding variational Bayes, 2014, arXiv:1312.6114, section 2.1")
      .takes(
          {Parameter::integer("latent_size", "number of latent units").at_least(1).at_most(1000000),
           Parameter::component("prior", "prior", "p(z)").defaults({{"type", "standard_normal"}}),
           Parameter::component("likelihood", "likelihood", "p(x | z)")
               .defaults({{"type", "bernoulli"}})})
      .with(traits);
}

Modules make_latent(const ConfigNode& model, const ConfigNode& config, const DataFacts& facts) {
  const std::int64_t latent_size = model.integer("latent_size");
  const ConditionalShapes shapes{facts.event_shape, latent_size, facts.mean};
  const auto likelihood = likelihood_factory().create(model.child("likelihood"), shapes);
  const auto posterior = make_posterior(config.child("guide"), shapes);
  posterior->initialise(facts.examples);
  // Last: a prior may be made of the guide's posterior.
  PriorShapes of_prior{latent_size, facts.event_shape, facts.examples, posterior};
  of_prior.data_mean = facts.mean;
  of_prior.data_range = facts.range;
  const auto prior = prior_factory().create(model.child("prior"), of_prior);
  return {std::make_shared<LatentModel>(prior, likelihood, latent_size),
          std::make_shared<AmortisedGuide>(posterior)};
}

ComponentInfo target_info() {
  ModelTraits traits;
  traits.needs_data = false;
  return ComponentInfo::of("target",
                           "A named density and no data: the guide is fitted to it by reverse KL")
      .source(
          "Rezende, Mohamed, Variational inference with normalizing flows, 2015, arXiv:1505.05770, "
          "section 6.1")
      .takes({Parameter::component("target", "target", "the density, up to its normaliser")})
      .with(traits);
}

Modules make_target(const ConfigNode& model, const ConfigNode& config, const DataFacts& facts) {
  const TargetPtr target = target_factory().create(model.child("target"));
  const ConditionalShapes shapes{/*event_shape=*/{}, target->size(), Tensor()};
  const auto posterior = make_posterior(config.child("guide"), shapes);
  posterior->initialise(facts.examples);
  return {std::make_shared<TargetModel>(target), std::make_shared<AmortisedGuide>(posterior)};
}

ComponentInfo density_info() {
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

Modules make_density(const ConfigNode& model, const ConfigNode& config, const DataFacts& facts) {
  config.child("guide").raw();  // without latents there is nothing to guide
  PriorShapes shapes{num_elements(facts.event_shape), facts.event_shape, facts.examples};
  if (facts.examples)
    shapes.values = [examples = facts.examples](std::int64_t n) { return examples(n).flatten(1); };
  const auto density = prior_factory().create(model.child("density"), shapes);
  return {std::make_shared<DensityModel>(density, facts.event_shape),
          std::make_shared<EmptyGuide>()};
}

}  // namespace

Factory<Modules, const ConfigNode&, const DataFacts&>& model_factory() {
  static Factory<Modules, const ConfigNode&, const DataFacts&> factory(
      "model",
      {{latent_info(), make_latent},
       {target_info(), make_target},
       {density_info(), make_density},
       {network_regression_info(), make_network_regression},
       {dropout_regression_info(), make_dropout_regression}});
  return factory;
}

}  // namespace elbow
