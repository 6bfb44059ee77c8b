#include "elbow/models/generative/family_prior.h"

namespace elbow {

FamilyPrior::FamilyPrior(FamilyPtr family, bool is_learned)
    : family_(std::move(family)),
      parameters_(is_learned ? register_parameter("parameters", family_->initial())
                             : register_buffer("parameters", family_->initial())) {}

ComponentInfo FamilyPrior::info(const ComponentInfo& family) {
  ComponentInfo info = family;
  info.summary = "learned: " + family.summary;
  const auto& posterior = std::get<PosteriorTraits>(family.traits);
  PriorTraits traits;
  traits.support = posterior.latent_kind;
  traits.has_units = posterior.has_units;
  info.traits = traits;
  info.parameters.clear();
  for (const auto& parameter : family.parameters)
    if (parameter.name != "network" && parameter.name != "relaxation")
      info.parameters.push_back(parameter);
  info.parameters.push_back(
      Parameter::boolean("learned", "false: stays as it begins, e.g. uniform for a dirichlet")
          .defaults(true));
  return info;
}

}  // namespace elbow
