#include "elbow/config/goes_with.h"

#include "facts.h"

namespace elbow {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

void add(Lines& lines, const std::string& label, const std::vector<std::string>& names) {
  std::string words;
  for (const auto& name : names) words += (words.empty() ? "" : ", ") + name;
  if (!words.empty()) lines.emplace_back(label, words);
}

Lines of_objective(const ComponentInfo& info) {
  Lines out;
  const Json bound = info.properties.value("is_lower_bound", Json(false));
  const std::string when = bound.is_string()     ? bound.get<std::string>()
                           : bound == Json(true) ? "for every K, on average over draws"
                                                 : "never guaranteed";
  out.emplace_back("a lower bound of log p(x)", when);
  const Json unbiased = info.properties.value("unbiased", Json::array());
  std::vector<std::string> exact, others;
  for (const auto& name : info.properties.value("estimators", Json::array()))
    (contains(unbiased, name) ? exact : others).push_back(name);
  add(out, "estimators without bias", exact);
  add(out, "estimators with a bias", others);
  return out;
}

std::string latents_in_words(const std::string& latents) {
  if (latents == "continuous") return "continuous, with reparameterised draws";
  if (latents == "discrete") return "discrete: bernoulli, categorical";
  if (latents == "binary") return "binary: bernoulli";
  return "any";
}

Lines of_estimator(const ComponentInfo& info, const Schema& schema) {
  Lines out;
  out.emplace_back("latents", latents_in_words(info.properties.value("latents", "any")));
  std::vector<std::string> exact, others;
  for (const auto& name : schema.names("objective")) {
    const Json& known = schema.find("objective", name)->properties;
    if (!contains(known.value("estimators", Json::array()), info.name)) continue;
    (contains(known.value("unbiased", Json::array()), info.name) ? exact : others).push_back(name);
  }
  add(out, "objectives without bias", exact);
  add(out, "objectives with a bias", others);
  return out;
}

}  // namespace

Lines goes_with(const ComponentInfo& info, const Schema& schema) {
  if (info.kind == "objective" && info.properties.contains("estimators")) return of_objective(info);
  if (info.kind == "estimator" && info.properties.contains("latents"))
    return of_estimator(info, schema);
  return {};
}

}  // namespace elbow
