#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "cli/common/output.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/foundations/core/error.h"
#include "elbow/runs/evaluate/predictor.h"
#include "elbow/runs/evaluate/row_file.h"
#include "elbow/runs/evaluate/run_capabilities.h"

namespace elbow::cli {

namespace {

constexpr std::int64_t kRowsAtOnce = 4096;

/// Back to the units of the user's file: y = mean + deviation * standardised.
Prediction in_data_units(Prediction p, const Json& facts) {
  if (!facts.contains("standardization")) return p;
  const Json& moments = facts.at("standardization");
  const double mean = moments.at("mean").back().get<double>(),
               deviation = moments.at("standard_deviation").back().get<double>();
  for (Tensor* value : {&p.mean, &p.lower, &p.upper})
    *value = value->to(at::kDouble) * deviation + mean;
  p.standard_deviation = p.standard_deviation * deviation;
  if (p.log_density.defined()) p.log_density = p.log_density - std::log(deviation);
  return p;
}

/// Rows whose mean, interval or density overflowed have no number: infinity would say more than is
/// known. An infinite standard deviation may be right: of Student-t with few degrees of freedom.
Prediction without_overflow(Prediction p) {
  Tensor is_lost = (p.mean.isfinite() & p.lower.isfinite() & p.upper.isfinite()).logical_not();
  if (p.log_density.defined()) is_lost = is_lost | p.log_density.isfinite().logical_not();
  for (Tensor* value : {&p.mean, &p.standard_deviation, &p.lower, &p.upper, &p.log_density}) {
    if (!value->defined()) continue;
    const Tensor undefined = is_lost & value->isfinite().logical_not();
    *value = value->masked_fill(undefined, std::numeric_limits<double>::quiet_NaN());
  }
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

Predictor& need_predictor(const TrainedRun& run) {
  if (run.facts.value("responses", std::int64_t{0}) == 0)
    throw UsageError(run.directory.path() + ": the model predicts no response",
                     "elbow encode and elbow eval work on it");
  if (run.event_shape.size() > 1)
    throw UsageError(run.directory.path() + ": the run fits several splits side by side",
                     "train with data.test_split at one number to predict");
  return predictor_of(run);
}

/// What the rows say together.
struct Written {
  std::optional<double> log_density;  ///< the sum; NaN where some of them overflowed
  std::int64_t undefined = 0;         ///< rows with numbers that are not defined
};

std::string overflow_reason(const TrainedRun& run) {
  const auto dtype = run.config.value.at("dtype").get<std::string>();
  return "predictions or densities overflow " + dtype +
         "; look for values far beyond those of the training";
}

/// Writes a row for each example, a part at a time.
Written write_predictions(const TrainedRun& run,
                          const Tensor& x,
                          double mass,
                          const std::string& path) {
  const auto predict = predictor_of(run).prepare({run.event_shape.front() - 1, mass, run.seed});
  const bool has_response = x.size(1) == run.event_shape.front();
  std::vector<std::string> columns{"mean", "standard_deviation", "lower", "upper"};
  if (has_response) columns.push_back("log_density");
  RowFile file(path, x.size(0), columns);
  double log_density = 0;
  for (std::int64_t begin = 0; begin < x.size(0); begin += kRowsAtOnce) {
    const Tensor part = x.narrow(0, begin, std::min(kRowsAtOnce, x.size(0) - begin));
    const Prediction p = without_overflow(in_data_units(predict(part), run.facts));
    std::vector<Tensor> values{p.mean, p.standard_deviation, p.lower, p.upper};
    if (has_response) values.push_back(p.log_density);
    file.append(at::stack(values, 1));
    if (has_response) log_density += p.log_density.sum().item<double>();
  }
  file.commit(overflow_reason(run));
  Written out;
  out.undefined = file.num_undefined();
  if (has_response) out.log_density = log_density;
  return out;
}

/// ", mean log density -1.25 nats"; nothing without responses.
std::string mean_text(const Json& facts) {
  if (!facts.contains("mean_log_density")) return "";
  const Json& mean = facts.at("mean_log_density");
  if (!std::isfinite(mean.get<double>()))
    return ", mean log density undefined: " + facts.at("undefined").at("reason").get<std::string>();
  return ", mean log density " + mean.dump() + " nats";
}

}  // namespace

int verb_predict(const CommandLine& line) {
  TrainedRun run = open_run(line);
  const double mass = line.number("mass", 0.95);
  if (!(mass > 0 && mass < 1))
    throw UsageError("--mass: expected a number above 0 and below 1, got " + line.text("mass"));
  const std::string input = line.text("input"), path = line.text("output");
  need_predictor(run);
  const auto dataset = run.load_input(input, /*may_lack_response=*/true);
  const std::int64_t size = dataset->size("input");
  if (line.has("dry-run")) {
    print("would predict " + std::to_string(size) + " responses into " + path +
          "; nothing was written\n");
    return kDone;
  }
  const at::NoGradGuard no_grad;
  const Tensor x = known_columns(dataset->batch("input", row_range(0, size), /*epoch=*/0).x, input);
  const Written written = write_predictions(run, x, mass, path);
  Json facts = {{"file", path}, {"examples", size}, {"mass", mass}};
  if (written.log_density)
    facts["mean_log_density"] = *written.log_density / static_cast<double>(size);
  if (written.undefined > 0)
    facts["undefined"] = {{"examples", written.undefined}, {"reason", overflow_reason(run)}};
  if (line.has("json")) {
    print_event("written", facts);
    return kDone;
  }
  print(path + ": " + std::to_string(size) + " predictions" + mean_text(facts) + "\n");
  return kDone;
}

}  // namespace elbow::cli
