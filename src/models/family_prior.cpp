#include "elbow/models/family_prior.h"

namespace elbow {

FamilyPrior::FamilyPrior(FamilyPtr family, bool is_learned)
    : family_(std::move(family)),
      parameters_(is_learned ? register_parameter("parameters", family_->initial())
                             : register_buffer("parameters", family_->initial())) {}

ComponentInfo FamilyPrior::info(const ComponentInfo& family) {
  ComponentInfo info = family;
  info.summary = "learned: " + family.summary;
  info.properties = {{"support", family.properties.at("latent_kind")},
                     {"has_units", family.properties.at("has_units")}};
  info.parameters.clear();
  for (const auto& parameter : family.parameters)
    if (parameter.name != "network") info.parameters.push_back(parameter);
  info.parameters.push_back(
      Parameter::boolean("learned", "false: stays as it begins, e.g. uniform for a dirichlet")
          .defaults(true));
  return info;
}

}  // namespace elbow
