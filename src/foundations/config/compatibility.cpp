#include "elbow/foundations/config/compatibility.h"

#include "elbow/foundations/core/contains.h"

namespace elbow {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

void add(Lines& lines, const std::string& label, const std::vector<std::string>& names) {
  std::string words;
  for (const auto& name : names) words += (words.empty() ? "" : ", ") + name;
  if (!words.empty()) lines.emplace_back(label, words);
}

Lines of_objective(const ObjectiveTraits& traits) {
  Lines out;
  const Guarantee& bound = traits.is_lower_bound;
  const std::string when = !bound.condition().empty() ? bound.condition()
                           : bound.may_hold()         ? "for every K, on average over draws"
                                                      : "never guaranteed";
  out.emplace_back("a lower bound of log p(x)", when);
  std::vector<std::string> exact, others;
  for (const auto& name : traits.estimators)
    (contains(traits.unbiased, name) ? exact : others).push_back(name);
  add(out, "estimators without bias", exact);
  add(out, "estimators with a bias", others);
  return out;
}

std::string latents_in_words(EstimatorLatents latents) {
  switch (latents) {
    case EstimatorLatents::continuous:
      return "continuous, with reparameterised draws";
    case EstimatorLatents::discrete:
      return "discrete: bernoulli, categorical";
    case EstimatorLatents::binary:
      return "binary: bernoulli";
    case EstimatorLatents::any:
      break;
  }
  return "any";
}

Lines of_estimator(const std::string& estimator,
                   const EstimatorTraits& traits,
                   const Schema& schema) {
  Lines out;
  out.emplace_back("latents", latents_in_words(traits.latents));
  std::vector<std::string> exact, others;
  for (const auto& name : schema.names("objective")) {
    const auto* objective = schema.find("objective", name)->find_traits<ObjectiveTraits>();
    if (objective == nullptr || !contains(objective->estimators, estimator)) continue;
    (contains(objective->unbiased, estimator) ? exact : others).push_back(name);
  }
  add(out, "objectives without bias", exact);
  add(out, "objectives with a bias", others);
  return out;
}

}  // namespace

Lines compatibility(const ComponentInfo& info, const Schema& schema) {
  if (const auto* objective = info.find_traits<ObjectiveTraits>()) return of_objective(*objective);
  if (const auto* estimator = info.find_traits<EstimatorTraits>())
    return of_estimator(info.name, *estimator, schema);
  return {};
}

}  // namespace elbow
