#include "elbow/runs/evaluate/verdict.h"

#include <cmath>

#include "elbow/data/dataset/data_units.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/probability/distributions/random_source.h"
#include "elbow/runs/evaluate/evaluation.h"
#include "elbow/runs/evaluate/fitted_model.h"
#include "elbow/runs/evaluate/judge.h"
#include "mean.h"

namespace elbow {

Json bound_on_some(const Experiment& experiment, std::uint64_t seed, at::Device device) {
  // Whole passes in closed form cannot lower the bound.
  if (experiment.inference->repeats_exactly()) return nullptr;
  const auto weights = experiment.inference->use_evaluated_weights();
  const Dataset& dataset = *experiment.dataset;
  const Batch batch =
      dataset.batch("train", choose_rows(dataset.size("train"), kMostJudged, seed), /*epoch=*/0);
  // Weights are one draw for all examples, which keys by example do not know.
  GeneratorSource source(seeded_generator(device, derive_key(seed, Purpose::evaluation_noise)));
  std::vector<double> elbo;
  for (const auto& [name, term] : experiment.inference->evaluate(batch, source)) {
    if (name != "elbo") continue;
    const Tensor values = term.to(at::kCPU, at::kDouble).contiguous();
    elbo.assign(values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel());
  }
  const Mean mean = mean_of(elbo, [](double value) { return value; });
  const auto finite = [](double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
  };
  const double volume = LogVolumes(dataset).mean("train", batch.indices);
  return {{"elbo", finite(mean.value - volume)},
          {"standard_error", finite(mean.standard_error)},
          {"examples", elbo.size()}};
}

std::vector<Finding> judge(const ConfigNode& config,
                           const Experiment& experiment,
                           const Json& start,
                           std::uint64_t seed,
                           at::Device device) {
  const FittedModelPtr fitted = fitted_model(config, experiment.modules);
  if (fitted->judge() == nullptr) return {};
  return fitted->judge()->judge({config,
                                 *experiment.dataset,
                                 *experiment.inference,
                                 start,
                                 bound_on_some(experiment, seed, device),
                                 seed});
}

Json verdict_json(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& found : findings)
    list.push_back({{"kind", found.kind}, {"words", found.words}, {"try", found.advice}});
  return {{"kind", findings.empty() ? "sound" : findings.front().kind}, {"findings", list}};
}

}  // namespace elbow
