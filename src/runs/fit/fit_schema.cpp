#include "fit_schema.h"

#include <algorithm>
#include <vector>

#include "elbow/runs/train/full_schema.h"

namespace elbow {

namespace {

/// The top level: the data are there already, and threads belong to the program.
void adapt_experiment(std::vector<Parameter>& parameters, const std::string& data) {
  std::vector<Parameter> kept;
  for (Parameter parameter : parameters) {
    if (parameter.name == "threads") continue;
    if (parameter.name == "data")
      parameter = std::move(parameter).or_type(data).defaults({{"type", data}});
    kept.push_back(std::move(parameter));
  }
  parameters = std::move(kept);
}

/// How long to train, and on how much at once.
void adapt_trainer(std::vector<Parameter>& parameters) {
  const std::vector<std::string> kept{"epochs", "steps", "batch_size", "accumulate", "ema"};
  const auto is_of_runs = [&kept](const Parameter& parameter) {
    return std::find(kept.begin(), kept.end(), parameter.name) == kept.end();
  };
  parameters.erase(std::remove_if(parameters.begin(), parameters.end(), is_of_runs),
                   parameters.end());
}

}  // namespace

Schema fit_schema(const ComponentInfo& data) {
  std::vector<ComponentInfo> out{data};
  const Schema full = full_schema();
  for (ComponentInfo info : full.components()) {
    if (info.kind == data.kind) continue;
    if (info.kind == "section" && info.name == "experiment")
      adapt_experiment(info.parameters, data.name);
    if (info.kind == "section" && info.name == "trainer") adapt_trainer(info.parameters);
    out.push_back(std::move(info));
  }
  return Schema(std::move(out));
}

}  // namespace elbow
