#include "conjugate_evaluation.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "elbow/conjugate/conjugate_model.h"
#include "elbow/conjugate/numbers.h"
#include "elbow/conjugate/topic_coherence.h"
#include "mean.h"

namespace elbow {

namespace {

constexpr std::int64_t kCoherenceWords = 10;  ///< of each topic, as is customary

void append_values(std::vector<double>& out, const Tensor& values) {
  const std::vector<double> more = numbers_of(values);
  out.insert(out.end(), more.begin(), more.end());
}

/// Mean and standard error; where some are infinite, how many.
Json with_impossible(const std::vector<double>& values) {
  const auto count =
      std::count_if(values.begin(), values.end(), [](double value) { return std::isinf(value); });
  if (count == 0) return value_and_error(values);
  const double sign =
      *std::find_if(values.begin(), values.end(), [](double value) { return std::isinf(value); });
  return {{"value", sign}, {"impossible", count}};
}

}  // namespace

void evaluate_conjugate(const TrainedRun& run,
                        const Dataset& dataset,
                        const std::string& split,
                        std::int64_t batch_size,
                        Evaluation& out) {
  const at::NoGradGuard no_grad;
  const ConjugateModel& model = *run.modules.conjugate;
  const Globals& globals = run.modules.globals();
  const DataUnits units = run.units();
  const double n = static_cast<double>(run.num_train());
  Json shared = Json::object();
  double shared_sum = 0;
  for (std::size_t i = 0; i < globals.size(); ++i) {
    const double term = model.global_term(i, globals) / n;
    shared["prior_" + model.factors()[i].name] = {{"value", term}};
    shared_sum += term;
  }
  std::vector<double> elbo, log_density, counts;
  double entropy = 0;
  const auto topics = model.top_words(globals, kCoherenceWords);
  TopicCoherence coherence(topics);
  for (std::size_t begin = 0; begin < out.rows.size();
       begin += static_cast<std::size_t>(batch_size)) {
    const std::size_t end = std::min(out.rows.size(), begin + static_cast<std::size_t>(batch_size));
    const Tensor x = dataset.batch(split,
                                   {out.rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                    out.rows.begin() + static_cast<std::ptrdiff_t>(end)},
                                   /*epoch=*/0);
    const LocalStep step = model.local_step(x, globals, {});
    const Tensor volume = units.log_volume(x);
    append_values(elbo, step.bound + shared_sum - volume);
    if (!topics.empty()) coherence.add(x);
    entropy += step.statistics.entropy;
    const Tensor density = model.log_predictive(x, globals), count = model.num_predicted(x);
    if (density.defined()) append_values(log_density, density - volume);
    if (count.defined()) append_values(counts, count);
  }
  out.is_closed_form = true;
  for (std::size_t i = 0; i < elbo.size(); ++i) {
    ExampleEstimate estimate;
    estimate.elbo = elbo[i];
    estimate.log_evidence =
        log_density.empty() ? std::numeric_limits<double>::quiet_NaN() : log_density[i];
    out.examples.push_back(std::move(estimate));
  }
  out.summary["elbo"] = with_impossible(elbo);
  out.summary["entropy"] = {{"value", entropy / static_cast<double>(elbo.size())}};
  out.summary.update(shared);
  if (!log_density.empty()) {
    std::vector<double> nll = log_density;
    for (double& value : nll) value = -value;
    out.summary["nll"] = with_impossible(nll);
  }
  if (!counts.empty()) {
    double total = 0, tokens = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) total += log_density[i], tokens += counts[i];
    out.summary["perplexity"] = {{"value", std::exp(-total / tokens)}, {"tokens", tokens}};
  }
  const double npmi = coherence.mean();
  if (std::isfinite(npmi)) out.summary["npmi"] = {{"value", npmi}, {"words", kCoherenceWords}};
  out.summary["model"] = model.summary(globals);
  if (!units.are_shown())
    out.summary["model_unit"] = "standardised columns: (value - mean) / standard deviation";
}

std::string closed_form_csv(const Evaluation& evaluation) {
  std::string out = "index,elbo,nll\n";
  char text[96];
  for (std::size_t i = 0; i < evaluation.rows.size(); ++i) {
    const ExampleEstimate& e = evaluation.examples[i];
    std::snprintf(
        text, sizeof text, "%lld,%.17g,", static_cast<long long>(evaluation.rows[i]), e.elbo);
    out += text;
    if (!std::isnan(e.log_evidence)) {
      std::snprintf(text, sizeof text, "%.17g", -e.log_evidence);
      out += text;
    }
    out += "\n";
  }
  return out;
}

}  // namespace elbow
