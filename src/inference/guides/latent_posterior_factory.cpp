#include "elbow/inference/guides/latent_posterior_factory.h"

#include <utility>
#include <vector>

namespace elbow {
namespace {

using LatentPosteriorFactory =
    Factory<std::shared_ptr<Posterior>, const SiteSpec&, const BuildContext&>;
using FamilyRow = Factory<FamilyPtr, const BuildContext&>::Row;

constexpr char kGivenHelp[] = "x and other latents, in the order of the network's input";

/// The usual family on each support.
constexpr std::pair<const char*, const char*> kUsual[] = {{"real", "diag_normal"},
                                                          {"positive", "log_normal"},
                                                          {"unit_interval", "beta"},
                                                          {"simplex", "dirichlet"},
                                                          {"sphere", "von_mises_fisher"},
                                                          {"binary", "bernoulli"},
                                                          {"one_hot", "categorical"}};

/// The family's own keys as they are by default. @param num_classes of a one-hot latent
ConfigNode usual_node(const FamilyRow& row, std::int64_t num_classes, const std::string& path) {
  Json value = {{"type", row.info.name}};
  for (const Parameter& parameter : row.info.parameters)
    if (parameter.name != "network" && parameter.name != "relaxation" && parameter.default_value)
      value[parameter.name] = *parameter.default_value;
  if (num_classes > 0) value["num_classes"] = num_classes;
  return ConfigNode(value, path);
}

std::shared_ptr<Posterior> make_matching(const ConfigNode& node,
                                         const SiteSpec& site,
                                         const BuildContext& context) {
  for (const auto& [support, family] : kUsual) {
    if (site.support.name() != support) continue;
    const FamilyRow& row = *posterior_factory().find(family);
    return make_encoded(
        row.create(usual_node(row, site.num_classes, node.path()), context), node, context);
  }
  node.refuse("no family is usual on " + site.support.text(), "set its type", "type");
}

LatentPosteriorFactory::Row matching_row() {
  LatentPosteriorTraits traits;
  traits.matches = true;
  const ComponentInfo& usual = posterior_factory().find("diag_normal")->info;
  return {ComponentInfo::of("matching",
                            "The usual family on the latent's support: diag_normal, log_normal, "
                            "beta, dirichlet, von_mises_fisher, bernoulli, categorical")
              .takes({*usual.find("network"), *usual.find("relaxation")})
              .with(traits),
          make_matching};
}

LatentPosteriorFactory::Row named_family(const FamilyRow& family) {
  const auto& posterior = std::get<PosteriorTraits>(family.info.traits);
  LatentPosteriorTraits traits;
  traits.latent_kind = posterior.latent_kind;
  traits.pathwise = posterior.pathwise;
  ComponentInfo info = family.info;
  info.traits = traits;
  return {info,
          [kind = posterior.latent_kind, make = family.create](
              const ConfigNode& node, const SiteSpec& site, const BuildContext& context) {
            auto out = make_encoded(make(node, context), node, context);
            if (word_of(kind) != site.support.name())
              node.refuse("'" + node.type() + "' draws " + word_of(kind) +
                              " numbers, but the latent '" + site.name + "' is " +
                              site.support.text(),
                          "remove it: the usual family on its support is taken",
                          "type");
            return out;
          }};
}

LatentPosteriorFactory::Row with_given_names(LatentPosteriorFactory::Row row) {
  row.info.parameters.insert(row.info.parameters.begin(),
                             Parameter::texts("given", kGivenHelp).defaults({"x"}));
  return row;
}

std::vector<LatentPosteriorFactory::Row> named_posterior_rows() {
  std::vector<LatentPosteriorFactory::Row> out{matching_row()};
  // Strata of several latents in turn would multiply, and a size stands once, in the model.
  for (const auto& family : posterior_factory().rows()) {
    const auto& traits = std::get<PosteriorTraits>(family.info.traits);
    if (!traits.stratified && family.info.find("num_classes") == nullptr)
      out.push_back(named_family(family));
  }
  return out;
}

}  // namespace

LatentPosteriorFactory& latent_posterior_factory() {
  static LatentPosteriorFactory factory(
      "latent_posterior", named_posterior_rows(), with_given_names);
  return factory;
}

}  // namespace elbow
