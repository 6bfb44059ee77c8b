#include "elbow/evaluate/evaluation.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "conjugate_evaluation.h"
#include "elbow/core/error.h"
#include "elbow/core/permutation.h"
#include "elbow/core/philox.h"
#include "elbow/core/shape.h"
#include "elbow/core/timing.h"
#include "elbow/evaluate/linear_gaussian.h"
#include "elbow/targets/target.h"
#include "mean.h"
#include "prior_variances.h"
#include "supervised_evaluation.h"
#include "undefined.h"

namespace elbow {

namespace {

/// Active unit: the posterior mean varies over examples by more than 0.01 (Burda et al., 2015,
/// arXiv:1509.00519, section 5.2), in units of the prior's variance, which is 1 there.
constexpr double kActiveShare = 0.01;

void add_units(Json& out,
               const std::vector<ExampleEstimate>& examples,
               const std::vector<double>& prior_variances) {
  const std::size_t units = examples.front().posterior_mean.size();
  if (units == 0) return;
  const double count = static_cast<double>(examples.size());
  Json variances = Json::array();
  int active = 0;
  bool are_known = true;
  for (std::size_t unit = 0; unit < units; ++unit) {
    double sum = 0, squares = 0;
    for (const auto& example : examples) sum += example.posterior_mean[unit];
    const double mean = sum / count;
    for (const auto& example : examples)
      squares += (example.posterior_mean[unit] - mean) * (example.posterior_mean[unit] - mean);
    // How a unit varies over a single example is not defined.
    const double variance = squares / (count - 1);
    variances.push_back(variance);
    const double scale = unit < prior_variances.size() ? prior_variances[unit] : 1.0;
    active += variance > kActiveShare * scale;
    are_known = are_known && std::isfinite(variance);
  }
  out["active_units"] = are_known ? Json(active) : Json(nullptr);
  out["mean_variance_per_unit"] = variances;
}

/// How far the guide is from the target: KL(q || p) = ln Z - ELBO. Without data there is nothing to
/// reconstruct and no unit to say anything of it, and a KL to what is not normalised is none.
void add_target(Json& out, const Target& target) {
  for (const char* of_data : {"active_units", "mean_variance_per_unit", "reconstruction", "kl"})
    out.erase(of_data);
  if (!target.log_normaliser()) return;
  const double exact = *target.log_normaliser();
  const Json elbo = out.at("elbo"), nll = out.at("nll");
  out["target"] = {{"log_normaliser", exact},
                   {"log_normaliser_estimate", -nll.at("value").get<double>()},
                   {"kl",
                    {{"value", exact - elbo.at("value").get<double>()},
                     {"standard_error", elbo.at("standard_error")}}}};
}

/// How far a density is from the one that the data were drawn from: KL(p || q) = E_p[ln p - ln q],
/// example by example.
void add_data_density(Json& out,
                      const data::RawData& raw,
                      const std::string& split,
                      const std::vector<std::int64_t>& rows,
                      const std::vector<ExampleEstimate>& examples) {
  if (!raw.log_density) return;
  const auto& table = raw.splits.at(split).images;
  const std::int64_t width = table.count() / table.shape[0];
  std::vector<double> differences;
  double sum = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double truth = raw.log_density(table.as<double>() + rows[i] * width);
    sum += truth;
    differences.push_back(truth - examples[i].elbo);
  }
  const Mean kl = mean_of(differences, [](double difference) { return difference; });
  out["data_density"] = {{"mean_log_density", sum / static_cast<double>(rows.size())},
                         {"kl", {{"value", kl.value}, {"standard_error", kl.standard_error}}}};
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

Json summarise(const std::vector<ExampleEstimate>& examples,
               std::int64_t particles,
               std::int64_t dimensions,
               const std::vector<double>& prior_variances) {
  const double count = static_cast<double>(examples.size());
  const Mean elbo = mean_of(examples, [](const auto& e) { return e.elbo; });
  const Mean reconstruction = mean_of(examples, [](const auto& e) { return e.reconstruction; });
  const Mean kl = mean_of(examples, [](const auto& e) { return e.kl; });
  const Mean nll = mean_of(examples, [](const auto& e) { return -e.log_evidence; });
  const Mean bias = mean_of(examples, [](const auto& e) { return -e.log_evidence_bias; });
  const Mean size = mean_of(examples, [](const auto& e) { return e.effective_sample_size; });
  double elbo_variance = 0, nll_variance = 0, high_k = 0, with_k = 0;
  for (const auto& example : examples) {
    elbo_variance += example.elbo_variance;
    nll_variance += example.log_evidence_variance;
    with_k += !std::isnan(example.pareto_k);
    high_k += example.pareto_k > 0.7;
  }
  Json out = Json::object();
  out["elbo"] = {{"value", elbo.value},
                 {"standard_error", elbo.standard_error},
                 {"monte_carlo_error", std::sqrt(elbo_variance) / count}};
  out["reconstruction"] = {{"value", reconstruction.value},
                           {"standard_error", reconstruction.standard_error}};
  out["kl"] = {{"value", kl.value}, {"standard_error", kl.standard_error}};
  out["nll"] = {{"value", nll.value},
                {"standard_error", nll.standard_error},
                {"monte_carlo_error", std::sqrt(nll_variance) / count},
                {"particles", particles},
                {"effective_sample_size", size.value}};
  if (with_k > 0) out["nll"]["pareto_k_above_0.7"] = high_k / with_k;
  out["nll_bias"] = {{"value", bias.value}, {"standard_error", bias.standard_error}};
  if (dimensions > 0)
    out["bits_per_dim"] = {
        {"value", nll.value / (static_cast<double>(dimensions) * std::log(2.0))}};
  add_units(out, examples, prior_variances);
  return out;
}

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
  out["unit"] = run.units().are_shown()
                    ? "nats per example"
                    : "nats per example, of densities in the units of the data file";
  out["examples"] = examples;
  out["seed"] = options.importance.seed;
  return out;
}

/// A density is known without draws: they have no error, and no number. Nor is there a latent that
/// could have a KL.
void leave_out_draws(Json& summary) {
  for (const char* of_latents : {"nll_bias", "kl"}) summary.erase(of_latents);
  for (const char* quantity : {"elbo", "nll"})
    for (const char* of_draws : {"monte_carlo_error", "particles", "effective_sample_size"})
      summary.at(quantity).erase(of_draws);
}

void refuse_refinement(const EvaluationOptions& options, const std::string& why) {
  if (options.importance.refinement.steps > 0)
    throw UsageError("--refine-steps: " + why, "leave it out");
}

void evaluate_amortised(TrainedRun& run,
                        const EvaluationOptions& options,
                        const Dataset& dataset,
                        const std::string& split,
                        Evaluation& out) {
  GenerativeModel& model = *run.modules.model;
  const bool is_density = model.density() != nullptr;
  if (is_density) refuse_refinement(options, "the density of each example is exact");
  out.is_closed_form = is_density;
  out.examples =
      is_density ? exact_densities(model, dataset, split, out.rows, options.importance.batch_size)
                 : importance_estimates(
                       model, *run.modules.guide, dataset, split, out.rows, options.importance);
  // Held against the ELBO from draws while both are in the model's own units.
  Json evidence = linear_gaussian_evidence(run, dataset, split, out, options.importance);
  const double volume =
      use_file_units(run.units(), dataset, split, options.importance.batch_size, out);
  // A density has no bits: its value depends on the unit of the data.
  const Json& section = run.config.value.at("model");
  const bool has_bits =
      section.contains("likelihood") && section.at("likelihood").at("type") == "bernoulli";
  const std::int64_t dimensions = has_bits ? num_elements(run.event_shape) : 0;
  if (options.importance.refinement.steps > 0)
    out.summary["refinement"] = {{"steps", options.importance.refinement.steps},
                                 {"learning_rate", options.importance.refinement.learning_rate}};
  out.summary.update(summarise(
      out.examples,
      options.importance.particles,
      dimensions,
      is_density ? std::vector<double>() : prior_variances(model, options.importance.seed)));
  if (is_density) leave_out_draws(out.summary);
  if (const Target* target = model.target())
    add_target(out.summary, *target);
  else
    note_overflows_of_draws(out);
  if (is_density) add_data_density(out.summary, dataset.raw(), split, out.rows, out.examples);
  if (evidence.is_null()) return;
  for (const char* key : {"log_evidence", "exact_elbo"})
    if (evidence[key].is_number()) evidence[key] = evidence[key].get<double>() - volume;
  out.summary["evidence"] = evidence;
}

}  // namespace

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
    const Tensor volume = units.log_volume(dataset.batch(
        split, {evaluation.rows.data() + begin, evaluation.rows.data() + end}, /*epoch=*/0).x);
    const double* change = volume.const_data_ptr<double>();
    for (std::size_t i = begin; i < end; ++i, ++change) {
      ExampleEstimate& example = evaluation.examples[i];
      for (double* value : {&example.elbo, &example.reconstruction, &example.log_evidence})
        *value -= *change;
      sum += *change;
    }
  }
  return sum / static_cast<double>(evaluation.rows.size());
}

Evaluation evaluate_run(TrainedRun& run, const EvaluationOptions& options) {
  const auto begin = SteadyClock::now();
  const bool own_file = !options.input.empty();
  const auto dataset = own_file ? run.load_input(options.input) : run.load_data();
  const std::string split = own_file ? "input" : options.split;
  need_split(*dataset, split);
  Evaluation out;
  out.rows = choose_rows(dataset->size(split), options.limit, options.importance.seed);
  out.summary = header_of(run, options, split, out.rows.size());
  if (run.modules.is_conjugate()) {
    refuse_refinement(options, "closed-form posteriors are at their optimum already");
    evaluate_conjugate(run, *dataset, split, options.importance.batch_size, out);
  } else if (run.modules.model->response_model() != nullptr) {
    refuse_refinement(options, "the weights are shared by all examples");
    evaluate_supervised(run, options, *dataset, split, out);
  } else {
    evaluate_amortised(run, options, *dataset, split, out);
  }
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
