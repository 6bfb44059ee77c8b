#pragma once

#include "elbow/inference/objectives/objective.h"
#include "support/resolved_node.h"

namespace elbow::testing {

/// An objective by name with its defaults and some keys replaced, at the start of its schedules.
inline ObjectivePtr make_objective(const std::string& name,
                                   const Json& overrides = Json::object(),
                                   std::int64_t num_examples = 1) {
  Json node = resolved(info_in(objective_factory(), name));
  for (const auto& [key, value] : overrides.items()) node[key] = value;
  // As the resolver writes a number that is a schedule.
  for (const auto& parameter : info_in(objective_factory(), name).parameters)
    if (parameter.type == ParameterType::schedule && node[parameter.name].is_number())
      node[parameter.name] = {{"type", "constant"}, {"value", node[parameter.name]}};
  DataContext data;
  data.num_examples = num_examples;
  auto out = objective_factory().create(ConfigNode(node), data);
  out->advance(Clock{});
  return out;
}

inline bool has_key(const ComponentInfo& info, const std::string& key) {
  return info.find(key) != nullptr;
}

/// Keys that make an objective draw `count` particles.
inline Json particles(const ComponentInfo& info, std::int64_t count) {
  Json out = Json::object();
  if (has_key(info, "num_particles")) out["num_particles"] = count;
  if (has_key(info, "num_groups")) {
    out["num_groups"] = count % 2 == 0 ? 2 : 1;
    out["group_size"] = count % 2 == 0 ? count / 2 : count;
  }
  if (has_key(info, "kl")) out["kl"] = "monte_carlo";
  return out;
}

inline bool is_of_weights(const ComponentInfo& info) {
  return std::get<ObjectiveTraits>(info.traits).of_weights;
}

/// Every objective that is a function of sampled log-weights.
inline std::vector<std::string> bounds_of_weights() {
  std::vector<std::string> out;
  for (const auto& row : objective_factory().rows())
    if (is_of_weights(row.info)) out.push_back(row.info.name);
  return out;
}

}  // namespace elbow::testing
