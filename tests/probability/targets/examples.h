#pragma once

#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "elbow/probability/targets/target.h"
#include "support/seeded.h"

namespace elbow::testing {

/// A target section with every default written out, as the schema gives it.
inline ConfigNode resolved(const Json& given) {
  const std::string type = given.at("type");
  for (const auto& row : target_factory().rows()) {
    if (row.info.name != type) continue;
    Json out = {{"type", type}};
    for (const Parameter& parameter : row.info.parameters)
      out[parameter.name] = parameter.default_value.value_or(nullptr);
    for (const auto& [key, value] : given.items()) {
      if (!out.contains(key)) throw std::logic_error("no parameter " + key);
      out[key] = value;
    }
    return ConfigNode(out, "target");
  }
  throw std::logic_error("no target is called " + type);
}

inline TargetPtr build(const Json& given) { return target_factory().create(resolved(given)); }

struct Case {
  std::string label;
  Json config;
};
inline void PrintTo(const Case& test, std::ostream* out) { *out << test.label; }

/// Every row with its defaults, and the keys that change the formula.
inline std::vector<Case> cases() {
  std::vector<Case> out;
  for (const std::string& name : target_factory().names()) out.push_back({name, {{"type", name}}});
  for (const char* name : {"u2", "u3", "u4"})
    out.push_back({std::string(name) + "_free", {{"type", name}, {"confined", false}}});
  out.push_back({"correlated", {{"type", "gaussian"}, {"correlation", -0.8}}});
  out.push_back({"covariance",
                 {{"type", "gaussian"},
                  {"mean", {0.5, -1.0, 2.0}},
                  {"covariance", {2.0, 0.6, -0.3, 0.6, 1.0, 0.2, -0.3, 0.2, 0.5}}}});
  out.push_back({"banana_down", {{"type", "banana"}, {"scale", 2.0}, {"bend", -0.5}}});
  out.push_back({"funnel_plane", {{"type", "funnel"}, {"size", 2}}});
  out.push_back(
      {"centered_schools", {{"type", "eight_schools"}, {"parameterization", "centered"}}});
  out.push_back({"three_modes",
                 {{"type", "mixture"},
                  {"means", {-2.0, 0.5, 1.5, -1.0, 0.0, 3.0}},
                  {"scale", {0.5, 1.2, 0.3}},
                  {"weights", {5.0, 3.0, 2.0}}}});
  return out;
}

}  // namespace elbow::testing
