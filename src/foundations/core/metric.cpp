#include "elbow/foundations/core/metric.h"

namespace elbow {

Json metric_json(const Metric& metric) {
  return {{"name", metric.name},
          {"label", metric.label},
          {"unit", metric.unit},
          {"is_higher_better", metric.is_higher_better},
          {"is_mean_over_examples", metric.is_mean_over_examples}};
}

Metric metric_of(const Json& run) {
  Metric out;
  if (!run.is_object() || !run.contains("metric") || !run["metric"].is_object()) return out;
  const Json& value = run["metric"];
  const auto text = [&value](const char* key, const std::string& otherwise) {
    return value.contains(key) && value[key].is_string() ? value[key].get<std::string>()
                                                         : otherwise;
  };
  out.name = text("name", out.name);
  out.label = text("label", out.name);
  out.unit = text("unit", "");
  const auto truth = [&value](const char* key) {
    return !value.contains(key) || !value[key].is_boolean() || value[key].get<bool>();
  };
  out.is_higher_better = truth("is_higher_better");
  out.is_mean_over_examples = truth("is_mean_over_examples");
  return out;
}

}  // namespace elbow
