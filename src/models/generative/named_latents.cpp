#include "elbow/models/generative/named_latents.h"

#include <ATen/ops/cat.h>

#include <algorithm>

#include "elbow/probability/distributions/masked.h"

namespace elbow {

ComponentInfo NamedLatentsModel::info() {
  ModelTraits traits;
  traits.events = {EventKind::vector, EventKind::image};
  traits.has_sleep_phase = true;
  traits.takes_gaps = true;
  return ComponentInfo::of("latents", "Data explained by several named latents of each example")
      .source(
          "Kingma et al., Semi-supervised learning with deep generative models, 2014, "
          "arXiv:1406.5298, equation 2")
      .marked_by("latents")
      .takes({Parameter::named_components(
                  "latents", "latent", "in the order in which the model draws them")
                  .or_type("standard_normal"),
              Parameter::component("likelihood", "likelihood", "p(x | latents)")
                  .defaults({{"type", "bernoulli"}})})
      .with(traits);
}

Tensor joined_values(const Trace& values, const std::vector<std::string>& names) {
  if (names.size() == 1) return values.at(names.front()).value();
  std::vector<Tensor> parts;
  for (const std::string& name : names) parts.push_back(values.at(name).value());
  return at::cat(parts, -1);
}

NamedLatentsModel::NamedLatentsModel(const ConfigNode& node, const DataContext& data) {
  for (const auto& [name, latent] : node.named_children("latents")) {
    const auto given = latent.texts("given");
    for (const std::string& parent : given)
      if (size_of({parent}) == 0)
        latent.refuse(
            "'" + parent + "' is no latent that stands before '" + name + "'", "", "given");
    BuildContext context{/*event_shape=*/{}, /*context_shape=*/{}, data};
    if (!given.empty()) context.context_shape = {size_of(given)};
    latents_.push_back(latent_factory().create(latent, context));
    const NamedLatent& made = latents_.back();
    if (made.prior)
      register_module(name, made.prior);
    else
      register_module(name, made.conditional);
  }
  const ConfigNode likelihood = node.child("likelihood");
  if (likelihood.has("given")) decoded_ = likelihood.texts("given");
  for (const std::string& name : decoded_)
    if (size_of({name}) == 0) likelihood.refuse("there is no latent '" + name + "'", "", "given");
  if (decoded_.empty())
    for (const NamedLatent& latent : latents_) decoded_.push_back(latent.name);
  likelihood_ =
      register_module("likelihood",
                      likelihood_factory().create(
                          likelihood, BuildContext{data.event_shape, {size_of(decoded_)}, data}));
}

std::int64_t NamedLatentsModel::size_of(const std::vector<std::string>& names) const {
  std::int64_t size = 0;
  for (const NamedLatent& latent : latents_)
    if (std::find(names.begin(), names.end(), latent.name) != names.end()) size += latent.size;
  return size;
}

std::vector<SiteSpec> NamedLatentsModel::sites() const {
  std::vector<SiteSpec> out;
  for (const NamedLatent& latent : latents_) {
    SiteSpec site{latent.name, {latent.size}, latent.support};
    site.num_classes = latent.num_classes;
    out.push_back(std::move(site));
  }
  return out;
}

DistributionPtr NamedLatentsModel::distribution(const NamedLatent& latent,
                                                const Trace& values) const {
  return latent.prior ? latent.prior->distribution()
                      : latent.conditional->forward(joined_values(values, latent.given));
}

Trace NamedLatentsModel::score(const Batch& batch, const Trace& latents, const ModelContext&) {
  Trace out;
  for (const NamedLatent& latent : latents_)
    out.add(Site(latent.name,
                 distribution(latent, latents),
                 latents.at(latent.name).value(),
                 /*is_observed=*/false));
  out.add(Site("x",
               observed_part(likelihood_->forward(joined_values(latents, decoded_)), batch.seen),
               batch.x,
               /*is_observed=*/true));
  return out;
}

Trace NamedLatentsModel::sample(std::int64_t n, const ModelContext& context) {
  // The leading 1 is the particle: keyed sources want [K, B, ...].
  Trace drawn, out;
  for (const NamedLatent& latent : latents_) {
    const DistributionPtr p = distribution(latent, drawn);
    const Tensor value = p->sample(latent.prior ? Shape{1, n} : Shape{}, context.source);
    drawn.add(Site(latent.name, p, value, /*is_observed=*/false));
    out.add(Site(latent.name, p, value.squeeze(0), /*is_observed=*/false));
  }
  const DistributionPtr p = likelihood_->forward(joined_values(drawn, decoded_));
  const Tensor x = p->sample({}, context.source);
  out.add(Site("x", p, x.squeeze(0), /*is_observed=*/false));
  return out;
}

}  // namespace elbow
