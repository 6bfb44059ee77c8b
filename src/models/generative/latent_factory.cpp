#include "elbow/models/generative/latent_factory.h"

#include "elbow/models/generative/family_prior.h"
#include "elbow/neural/conditional/posterior.h"

namespace elbow {
namespace {

using LatentFactory = Factory<NamedLatent, const BuildContext&>;

std::vector<Parameter> latent_parameters() {
  return {Parameter::integer("size", "number of variables").at_least(1).at_most(1000000),
          Parameter::texts(
              "given",
              "latents above and conditions (label, covariates) that it depends on; none: a "
              "prior")
              .defaults(Json::array())};
}

/// What is the same for all rows: name, size and support. @param kind of the values
NamedLatent sized_latent(const ConfigNode& node, SupportKind kind) {
  NamedLatent out;
  const std::string& path = node.path();
  out.name = path.substr(path.rfind('.') + 1);
  out.given = node.texts("given");
  out.size = node.integer("size");
  if (const auto support = support_named(word_of(kind))) out.support = *support;
  if (kind != SupportKind::one_hot) return out;
  out.num_classes = node.integer("num_classes");
  out.is_label = node.has("observed") && node.text("observed") == "label";
  if (out.is_label && out.size != 1)
    node.refuse("a label is one variable, but the size is " + std::to_string(out.size),
                "set it to 1",
                "size");
  out.size *= out.num_classes;
  return out;
}

/// The latent that labels show has their classes.
void check_label(const ConfigNode& node, const NamedLatent& latent, const DataContext& data) {
  if (!latent.is_label || latent.num_classes == data.num_classes) return;
  if (data.num_classes == 0)
    node.refuse(
        "the data have no labels", "give them: data.labels: true, or data.label", "observed");
  if (data.num_classes == 1)
    node.refuse("all labels of the training rows are the same", "remove it", "observed");
  node.refuse("the data have " + std::to_string(data.num_classes) + " classes, but the latent '" +
                  latent.name + "' has " + std::to_string(latent.num_classes),
              "set it to " + std::to_string(data.num_classes),
              "num_classes");
}

LatentFactory::Row latent_of_family(const Factory<FamilyPtr, const BuildContext&>::Row& family) {
  const SupportKind kind = std::get<PosteriorTraits>(family.info.traits).latent_kind;
  ComponentInfo info = family.info;
  info.parameters = latent_parameters();
  for (const Parameter& parameter : family.info.parameters)
    if (parameter.name != "relaxation") info.parameters.push_back(parameter);
  if (kind == SupportKind::one_hot)
    info.parameters.push_back(
        Parameter::choice("observed",
                          {"label"},
                          "label: wherever an example has a label, in training, that is its value")
            .optional());
  info.parameters.push_back(
      Parameter::boolean("learned", "given nothing: false stays as it begins, e.g. uniform classes")
          .defaults(true));
  LatentTraits traits;
  traits.support = kind;
  info.traits = traits;
  return {info, [kind, make = family.create](const ConfigNode& node, const BuildContext& context) {
            NamedLatent out = sized_latent(node, kind);
            check_label(node, out, context.data);
            BuildContext own = context;
            own.event_shape = {out.size};
            FamilyPtr made = make(node, own);
            const bool is_learned = node.boolean("learned");
            if (context.is_conditional()) {
              if (!is_learned)
                node.refuse("what is given something is computed by a network, which is learned",
                            "remove it",
                            "learned");
              out.conditional = make_encoded(std::move(made), node, own);
            } else {
              node.child("network").raw();  // nothing is given to a network
              out.prior = std::make_shared<FamilyPrior>(std::move(made), is_learned);
            }
            return out;
          }};
}

LatentFactory::Row latent_of_prior(const Factory<PriorPtr, const BuildContext&>::Row& prior) {
  const SupportKind kind = std::get<PriorTraits>(prior.info.traits).support;
  ComponentInfo info = prior.info;
  info.parameters = latent_parameters();
  for (const Parameter& parameter : prior.info.parameters) info.parameters.push_back(parameter);
  LatentTraits traits;
  traits.support = kind;
  traits.takes_given = false;
  traits.needs_posterior = std::get<PriorTraits>(prior.info.traits).needs_posterior;
  info.traits = traits;
  return {info,
          [kind, traits, make = prior.create](const ConfigNode& node, const BuildContext& context) {
            NamedLatent out = sized_latent(node, kind);
            BuildContext own = context;
            own.event_shape = {out.size};
            own.context_shape = {};
            out.make_prior = [node, own, make](const ConditionalDistributionPtr& posterior) {
              BuildContext with_posterior = own;
              with_posterior.posterior = posterior;
              return make(node, with_posterior);
            };
            if (traits.needs_posterior) return out;
            out.prior = out.make_prior(nullptr);
            out.make_prior = nullptr;
            return out;
          }};
}

std::vector<LatentFactory::Row> latent_rows() {
  std::vector<LatentFactory::Row> out;
  for (const auto& prior : prior_factory().rows())
    if (posterior_factory().find(prior.info.name) == nullptr) out.push_back(latent_of_prior(prior));
  for (const auto& family : posterior_factory().rows()) out.push_back(latent_of_family(family));
  return out;
}

}  // namespace

LatentFactory& latent_factory() {
  static LatentFactory factory("latent", latent_rows());
  return factory;
}

}  // namespace elbow
