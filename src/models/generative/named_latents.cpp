#include "elbow/models/generative/named_latents.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <c10/core/DefaultDtype.h>

#include <algorithm>

#include "elbow/foundations/core/contains.h"
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

namespace {

/// Of the training examples, as far as they are at hand.
Tensor typical_library_size(const DataContext& data) {
  return data.mean.defined()
             ? data.mean.sum().clamp_min(1).to(c10::get_default_dtype_as_scalartype())
             : at::ones({});
}

}  // namespace

NamedLatentsModel::NamedLatentsModel(const ConfigNode& node, const DataContext& data) {
  data_.num_classes = data.num_classes;
  data_.num_covariates = data.num_covariates;
  const auto check = [this](const ConfigNode& part, const std::vector<std::string>& given) {
    for (const std::string& name : given) {
      if (size_of(name) > 0) continue;
      if (name == kLabel)
        part.refuse("the data have no labels", "give them: data.labels: true", "given");
      if (name == kCovariates)
        part.refuse("the data have no covariates", "give them: data.covariates", "given");
      part.refuse("'" + name + "' is no latent that stands before it", "", "given");
    }
  };
  for (const auto& [name, latent] : node.named_children("latents")) {
    const auto given = latent.texts("given");
    check(latent, given);
    BuildContext context{/*event_shape=*/{}, /*context_shape=*/{}, data};
    if (!given.empty()) context.context_shape = {size_of_all(given)};
    latents_.push_back(latent_factory().create(latent, context));
    const NamedLatent& made = latents_.back();
    if (made.prior) register_module(name, made.prior);
    if (made.conditional) register_module(name, made.conditional);
  }
  const ConfigNode likelihood = node.child("likelihood");
  if (likelihood.has("given")) decoded_ = likelihood.texts("given");
  check(likelihood, decoded_);
  const auto sized = std::find(decoded_.begin(), decoded_.end(), kLibrarySize);
  is_sized_ = sized != decoded_.end();
  if (is_sized_) decoded_.erase(sized);
  if (decoded_.empty())
    for (const NamedLatent& latent : latents_) decoded_.push_back(latent.name);
  likelihood_ = register_module(
      "likelihood",
      likelihood_factory().create(likelihood,
                                  BuildContext{data.event_shape, {size_of_all(decoded_)}, data}));
  if (contains(conditions(), kLibrarySize))
    library_size_ = register_buffer("library_size", typical_library_size(data));
}

void NamedLatentsModel::complete(const PosteriorOf& posterior_of) {
  for (NamedLatent& latent : latents_) {
    if (!latent.make_prior) continue;
    latent.prior = register_module(latent.name, latent.make_prior(posterior_of(latent.name)));
    latent.make_prior = nullptr;  // it may hold the training data
  }
}

std::int64_t NamedLatentsModel::size_of(const std::string& name) const {
  if (is_condition(name)) return condition_size(name, data_);
  for (const NamedLatent& latent : latents_)
    if (latent.name == name) return latent.size;
  return 0;
}

std::int64_t NamedLatentsModel::size_of_all(const std::vector<std::string>& names) const {
  std::int64_t size = 0;
  for (const std::string& name : names) size += size_of(name);
  return size;
}

at::TensorOptions NamedLatentsModel::options() const {
  const auto learned = parameters();
  return learned.empty() ? buffers().front().options().requires_grad(false)
                         : learned.front().detach().options().requires_grad(false);
}

std::vector<std::string> NamedLatentsModel::conditions() const {
  std::vector<std::string> out;
  const auto add = [&out](const std::vector<std::string>& given) {
    for (const std::string& name : given)
      if (is_condition(name) && !contains(out, name)) out.push_back(name);
  };
  for (const NamedLatent& latent : latents_) add(latent.given);
  add(decoded_);
  if (is_sized_) add({kLibrarySize});
  return out;
}

std::vector<std::string> NamedLatentsModel::choices() const {
  for (const NamedLatent& latent : latents_)
    if (latent.is_label) return {kLabel};
  return {};
}

Tensor NamedLatentsModel::input_of(const std::vector<std::string>& given,
                                   const Trace& values,
                                   const Batch& batch) const {
  std::vector<Tensor> inputs;
  for (const std::string& name : given)
    inputs.push_back(is_condition(name) ? condition_of(name, batch, size_of(name), options())
                                        : values.at(name).value());
  return joined_inputs(inputs);
}

std::vector<SiteSpec> NamedLatentsModel::sites() const {
  std::vector<SiteSpec> out;
  for (const NamedLatent& latent : latents_) {
    SiteSpec site{latent.name, {latent.size}, latent.support};
    site.num_classes = latent.num_classes;
    site.is_label = latent.is_label;
    out.push_back(std::move(site));
  }
  return out;
}

DistributionPtr NamedLatentsModel::distribution(const NamedLatent& latent,
                                                const Trace& values,
                                                const Batch& batch) const {
  return latent.prior ? latent.prior->distribution()
                      : latent.conditional->forward(input_of(latent.given, values, batch));
}

Trace NamedLatentsModel::score(const Batch& batch, const Trace& latents, const ModelContext&) {
  Trace out;
  for (const NamedLatent& latent : latents_)
    out.add(Site(latent.name,
                 distribution(latent, latents, batch),
                 latents.at(latent.name).value(),
                 /*is_observed=*/false));
  out.add(Site("x",
               observed_part(decoded(latents, batch), batch.seen),
               batch.x,
               /*is_observed=*/true));
  return out;
}

DistributionPtr NamedLatentsModel::decoded(const Trace& values, const Batch& batch) const {
  constexpr std::int64_t kDrawn = 3;
  Tensor input = input_of(decoded_, values, batch);
  if (input.dim() < kDrawn) input = input.unsqueeze(0);
  if (!is_sized_) return likelihood_->forward(input);
  return likelihood_->forward_sized(input,
                                    condition_of(kLibrarySize, batch, 1, options()).unsqueeze(0));
}

Batch NamedLatentsModel::completed(const Batch& given) const {
  Batch out = given;
  // One for all: a trace freezes no number.
  if (library_size_.defined() && !out.library_size.defined() && !out.x.defined())
    out.library_size = library_size_.unsqueeze(0);
  if (!out.covariates.defined() && contains(conditions(), kCovariates))
    out.covariates = at::zeros({1, data_.num_covariates}, options());
  return out;
}

Tensor NamedLatentsModel::draw(const NamedLatent& latent,
                               const DistributionPtr& p,
                               std::int64_t n,
                               const ModelContext& context) const {
  // The leading 1 is the particle: keyed sources want [K, B, ...]. The draw is made in any case,
  // so that what comes after it does not depend on what is given.
  const std::int64_t num_batch_dims = static_cast<std::int64_t>(p->batch_shape().size());
  const bool is_one_for_all = num_batch_dims == 1 && p->batch_shape().front() == 1;
  const Shape shape = num_batch_dims == 0 || is_one_for_all ? Shape{1, n}
                      : num_batch_dims == 1                 ? Shape{1}
                                                            : Shape{};
  Tensor value = p->sample(shape, context.source);
  if (is_one_for_all) value = value.squeeze(2);
  if (latent.is_label && context.given != nullptr && context.given->labels.defined())
    value = at::where((context.given->labels >= 0).to(value.device()).view({1, -1, 1}),
                      one_hot_labels(context.given->labels, latent.num_classes, value.options()),
                      value);
  return value;
}

Trace NamedLatentsModel::sample(std::int64_t n, const ModelContext& context) {
  const Batch given = completed(context.given != nullptr ? *context.given : Batch());
  Trace drawn, out;
  for (const NamedLatent& latent : latents_) {
    const DistributionPtr p = distribution(latent, drawn, given);
    const Tensor value = draw(latent, p, n, context);
    drawn.add(Site(latent.name, p, value, /*is_observed=*/false));
    out.add(Site(latent.name, p, value.squeeze(0), /*is_observed=*/false));
  }
  const DistributionPtr p = decoded(drawn, given);
  const Tensor x = p->sample({}, context.source);
  out.add(Site("x", p, x.squeeze(0), /*is_observed=*/false));
  return out;
}

}  // namespace elbow
