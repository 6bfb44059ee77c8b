#include "elbow/foundations/core/metric.h"

namespace elbow {

Json metric_json(const Metric& metric) {
  return {{"name", metric.name},
          {"label", metric.label},
          {"unit", metric.unit},
          {"is_higher_better", metric.is_higher_better}};
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
  if (value.contains("is_higher_better") && value["is_higher_better"].is_boolean())
    out.is_higher_better = value["is_higher_better"].get<bool>();
  return out;
}

}  // namespace elbow
