#include "elbow/models/generative/latent_model.h"

#include "elbow/probability/distributions/masked.h"

namespace elbow {

ComponentInfo LatentModel::info() {
  ModelTraits traits;
  traits.events = {EventKind::vector, EventKind::image};
  traits.has_sleep_phase = true;
  traits.takes_gaps = true;
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

GenerativeModelPtr LatentModel::create(const ConfigNode& node, const DataContext& data) {
  const std::int64_t latent_size = node.integer("latent_size");
  if (node.child("likelihood").has("given"))
    node.child("likelihood")
        .refuse("there is one latent, which it depends on", "remove it", "given");
  const auto likelihood = likelihood_factory().create(
      node.child("likelihood"), BuildContext{data.event_shape, {latent_size}, data});
  const auto make_prior = [node, data, latent_size](const ConditionalDistributionPtr& posterior) {
    return prior_factory().create(
        node.child("prior"), BuildContext{{latent_size}, /*context_shape=*/{}, data, posterior});
  };
  const auto* row = prior_factory().find(node.child("prior").type());
  const auto support = support_named(word_of(std::get<PriorTraits>(row->info.traits).support));
  return std::make_shared<LatentModel>(
      make_prior, likelihood, latent_size, support.value_or(Support::real()));
}

LatentModel::LatentModel(MakePrior make_prior,
                         ConditionalDistributionPtr likelihood,
                         std::int64_t latent_size,
                         Support support)
    : make_prior_(std::move(make_prior)),
      likelihood_(std::move(likelihood)),
      latent_size_(latent_size),
      support_(std::move(support)) {}

LatentModel::LatentModel(PriorPtr prior,
                         ConditionalDistributionPtr likelihood,
                         std::int64_t latent_size)
    : likelihood_(std::move(likelihood)), latent_size_(latent_size) {
  take(std::move(prior));
}

void LatentModel::take(PriorPtr prior) {
  prior_ = register_module("prior", std::move(prior));
  register_module("likelihood", likelihood_);
}

void LatentModel::complete(const PosteriorOf& posterior_of) {
  if (!prior_) take(make_prior_(posterior_of("z")));
  make_prior_ = nullptr;  // it may hold the training data
}

Trace LatentModel::score(const Batch& batch, const Trace& latents, const ModelContext&) {
  const Tensor& z = latents.at("z").value();
  Trace trace;
  trace.add(Site("z", prior_->distribution(), z, /*is_observed=*/false));
  trace.add(Site("x",
                 observed_part(likelihood_->forward(z), batch.seen),
                 batch.x,
                 /*is_observed=*/true));
  return trace;
}

Trace LatentModel::sample(std::int64_t n, const ModelContext& context) {
  // The leading 1 is the particle: keyed sources want [K, B, ...].
  const auto prior = prior_->distribution();
  const Tensor z = prior->sample({1, n}, context.source);
  const auto likelihood = likelihood_->forward(z);
  const Tensor x = likelihood->sample({}, context.source);
  Trace trace;
  trace.add(Site("z", prior, z.squeeze(0), /*is_observed=*/false));
  trace.add(Site("x", likelihood, x.squeeze(0), /*is_observed=*/false));
  return trace;
}

}  // namespace elbow
