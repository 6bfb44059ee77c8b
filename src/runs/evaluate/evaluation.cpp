#include "elbow/runs/evaluate/evaluation.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "conjugate_evaluation.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/permutation.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/foundations/core/timing.h"
#include "elbow/runs/evaluate/evaluator.h"
#include "elbow/runs/evaluate/run_capabilities.h"
#include "undefined.h"

namespace elbow {
namespace {

Json header_of(const TrainedRun& run,
               const EvaluationOptions& options,
               const std::string& split,
               std::size_t examples) {
  Json out = {{"run", run.directory.path()},
              {"checkpoint", run.checkpoint},
              {"weights", run.weights},
              {"split", split}};
  if (!options.input.empty()) out["input"] = options.input;
  if (run.uses_stand_in) out["stand_in"] = true;
  if (run.failed_at >= 0) out["training_failed_at_step"] = run.failed_at;
  const bool is_target = run.modules.model && run.modules.model->target() != nullptr;
  out["unit"] = is_target ? "nats"
                : run.units().are_shown()
                    ? "nats per example"
                    : "nats per example, of densities in the units of the data file";
  out["examples"] = examples;
  out["seed"] = options.importance.seed;
  return out;
}

}  // namespace

std::vector<std::int64_t> choose_rows(std::int64_t size, std::int64_t limit, std::uint64_t seed) {
  std::vector<std::int64_t> rows = row_range(0, size);
  if (limit <= 0 || limit >= size) return rows;
  // Rows may be grouped by class: never a prefix.
  const Permutation order(derive_key(seed, Purpose::subset), 0, size);
  rows.resize(static_cast<std::size_t>(limit));
  for (std::int64_t i = 0; i < limit; ++i) rows[static_cast<std::size_t>(i)] = order(i);
  std::sort(rows.begin(), rows.end());
  return rows;
}

void need_split(const Dataset& dataset, const std::string& split) {
  if (dataset.has(split)) return;
  std::string known;
  for (const auto& item : dataset.raw().splits) known += (known.empty() ? "" : ", ") + item.first;
  throw UsageError("--split: this data set has no split '" + split + "'",
                   "it has: " + known + "; e.g. --split " + dataset.raw().splits.begin()->first);
}

void refuse_refinement(const EvaluationOptions& options, const std::string& why) {
  if (options.importance.refinement.steps > 0)
    throw UsageError("--refine-steps: " + why, "leave it out");
}

double use_file_units(const DataUnits& units,
                      const Dataset& dataset,
                      const std::string& split,
                      std::int64_t batch_size,
                      Evaluation& evaluation) {
  if (units.are_shown()) return 0;
  double sum = 0;
  const auto step = static_cast<std::size_t>(batch_size);
  for (std::size_t begin = 0; begin < evaluation.rows.size(); begin += step) {
    const std::size_t end = std::min(evaluation.rows.size(), begin + step);
    const Batch batch = dataset.batch(
        split, {evaluation.rows.data() + begin, evaluation.rows.data() + end}, /*epoch=*/0);
    const Tensor volume = units.log_volume(batch);
    const double* change = volume.const_data_ptr<double>();
    for (std::size_t i = begin; i < end; ++i, ++change) {
      ExampleEstimate& example = evaluation.examples[i];
      for (double* value :
           {&example.elbo, &example.relaxed_elbo, &example.reconstruction, &example.log_evidence})
        *value -= *change;
      sum += *change;
    }
  }
  return sum / static_cast<double>(evaluation.rows.size());
}

Evaluation evaluate_run(TrainedRun& run, const EvaluationOptions& options) {
  const auto begin = SteadyClock::now();
  Evaluator& evaluator = evaluator_of(run);
  const bool own_file = !options.input.empty();
  const auto dataset = own_file ? run.load_input(options.input) : run.load_data();
  const std::string split = own_file ? "input" : options.split;
  need_split(*dataset, split);
  Evaluation out;
  out.rows = choose_rows(dataset->size(split), options.limit, options.importance.seed);
  out.summary = header_of(run, options, split, out.rows.size());
  evaluator.evaluate(run, options, *dataset, split, out);
  explain_overflow(out, *dataset, split, run.config.value.at("dtype").get<std::string>());
  out.summary["seconds"] = seconds_between(begin, SteadyClock::now());
  return out;
}

std::string per_example_csv(const Evaluation& evaluation) {
  if (!evaluation.csv.empty()) return evaluation.csv;
  if (evaluation.is_closed_form) return closed_form_csv(evaluation);
  std::string out = "index,elbo,reconstruction,kl,nll,effective_sample_size,pareto_k\n";
  char line[40];
  for (std::size_t i = 0; i < evaluation.rows.size(); ++i) {
    const ExampleEstimate& e = evaluation.examples[i];
    out += std::to_string(evaluation.rows[i]) + ",";
    for (const double value :
         {e.elbo, e.reconstruction, e.kl, -e.log_evidence, e.effective_sample_size})
      out += number_cell(value) + ",";
    std::snprintf(line, sizeof line, "%.6g", e.pareto_k);  // -inf: no tail
    out += std::isnan(e.pareto_k) ? "undefined" : line;
    out += "\n";
  }
  return out;
}

}  // namespace elbow
