#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/stack.h>

#include <cmath>

#include "cli/common/output.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/conjugate/conjugate_model.h"
#include "elbow/core/error.h"
#include "elbow/evaluate/response_mixture.h"

namespace elbow::cli {

namespace {

/// Back to the units of the user's file: y = mean + deviation * standardised.
Prediction in_data_units(Prediction p, const Json& facts) {
  if (!facts.contains("standardization")) return p;
  const Json& moments = facts.at("standardization");
  const double mean = moments.at("mean").back().get<double>(),
               deviation = moments.at("standard_deviation").back().get<double>();
  for (Tensor* value : {&p.mean, &p.lower, &p.upper}) *value = *value * deviation + mean;
  p.standard_deviation = p.standard_deviation * deviation;
  if (p.log_density.defined()) p.log_density = p.log_density - std::log(deviation);
  return p;
}

/// All columns, or without the last where no response was given. Some given and some not is a
/// mistake in the file.
Tensor known_columns(const Tensor& x, const std::string& file) {
  const Tensor response = x.select(1, x.size(1) - 1).isnan();
  const bool none = response.all().item<bool>();
  if (!none && response.any().item<bool>())
    throw DataError(file + ": the response is missing in some rows and given in others",
                    "give it in all rows, or leave the column out");
  return none ? x.narrow(1, 0, x.size(1) - 1) : x;
}

[[noreturn]] void refuse_to_predict(const TrainedRun& run) {
  throw UsageError(run.directory.path() + ": the model predicts no response",
                   "elbow encode and elbow eval work on it");
}

void refuse_without_response(const TrainedRun& run) {
  if (run.facts.value("responses", std::int64_t{0}) == 0) refuse_to_predict(run);
  if (run.event_shape.size() > 1)
    throw UsageError(run.directory.path() + ": the run fits several splits side by side",
                     "train with data.test_split at one number to predict");
}

/// @param x [B, D] or, with the response last, [B, D + 1]
Prediction predicted(const TrainedRun& run, const Tensor& x, double mass) {
  constexpr std::int64_t kDraws = 1000;
  if (run.modules.is_conjugate()) {
    const auto found = run.modules.conjugate->predict(x, run.modules.globals(), mass);
    if (!found) refuse_to_predict(run);
    return *found;
  }
  const std::int64_t inputs = run.event_shape.front() - 1;
  const ResponseMixture mixture(
      dynamic_cast<SupervisedModel&>(*run.modules.model), *run.modules.guide, kDraws, run.seed);
  return mixture.predict(
      x.narrow(1, 0, inputs), x.size(1) > inputs ? x.select(1, inputs) : Tensor(), mass);
}

}  // namespace

int verb_predict(const CommandLine& line) {
  TrainedRun run = open_run(line);
  const double mass = line.number("mass", 0.95);
  if (!(mass > 0 && mass < 1))
    throw UsageError("--mass: expected a number above 0 and below 1, got " + line.text("mass"));
  const std::string input = line.text("input"), path = line.text("output");
  refuse_without_response(run);
  const auto dataset = run.load_input(input, /*may_lack_response=*/true);
  const std::int64_t size = dataset->size("input");
  if (line.has("dry-run")) {
    print("would predict " + std::to_string(size) + " responses into " + path +
          "; nothing was written\n");
    return kDone;
  }
  const at::NoGradGuard no_grad;
  const Tensor x = known_columns(dataset->batch("input", row_range(0, size), /*epoch=*/0), input);
  const Prediction p = in_data_units(predicted(run, x, mass), run.facts);
  std::vector<Tensor> values{p.mean, p.standard_deviation, p.lower, p.upper};
  std::vector<std::string> columns{"mean", "standard_deviation", "lower", "upper"};
  if (p.log_density.defined()) {
    values.push_back(p.log_density);
    columns.push_back("log_density");
  }
  write_values(path, at::stack(values, 1), columns);
  Json facts = {{"file", path}, {"examples", size}, {"mass", mass}};
  if (p.log_density.defined()) facts["mean_log_density"] = p.log_density.mean().item<double>();
  if (line.has("json")) {
    print_event("written", facts);
    return kDone;
  }
  print(path + ": " + std::to_string(size) + " predictions" +
        (p.log_density.defined()
             ? ", mean log density " + facts["mean_log_density"].dump() + " nats"
             : "") +
        "\n");
  return kDone;
}

}  // namespace elbow::cli
