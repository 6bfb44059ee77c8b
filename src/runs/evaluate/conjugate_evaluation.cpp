#include "conjugate_evaluation.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "elbow/models/conjugate/numbers.h"
#include "elbow/models/conjugate/topic_coherence.h"
#include "elbow/models/conjugate/topic_words.h"
#include "mean.h"
#include "undefined.h"

namespace elbow {

namespace {

constexpr std::int64_t kCoherenceWords = 10;  ///< of each topic, as is customary
constexpr double kMinusInfiniteDensity = -std::numeric_limits<double>::infinity(),
                 kNoDensity = std::numeric_limits<double>::quiet_NaN();

void append_values(std::vector<double>& out, const Tensor& values) {
  const std::vector<double> more = numbers_of(values);
  out.insert(out.end(), more.begin(), more.end());
}

/// Mean and standard error; where some examples are impossible, how many.
Json with_impossible(const std::vector<double>& values, bool excludes_some) {
  const auto infinite =
      std::find_if(values.begin(), values.end(), [](double value) { return std::isinf(value); });
  if (!excludes_some || infinite == values.end()) return value_and_error(values);
  const auto count =
      std::count_if(values.begin(), values.end(), [](double value) { return std::isinf(value); });
  return {{"value", *infinite}, {"impossible", count}};
}

/// Numbers of the examples, as the batches give them.
struct ConjugateNumbers {
  std::vector<double> elbo, log_density, counts;
};

/// Infinities that are no impossibility, and NaN, are overflows.
void note_overflows(const ConjugateNumbers& numbers, bool excludes_some, Evaluation& out) {
  const auto has_overflowed = [&](double value) {
    return !std::isfinite(value) && !(excludes_some && value == kMinusInfiniteDensity);
  };
  for (std::size_t i = 0; i < numbers.elbo.size(); ++i)
    if (has_overflowed(numbers.elbo[i]) ||
        (!numbers.log_density.empty() && has_overflowed(numbers.log_density[i])))
      note_overflow(out, i);
}

/// Documents of which nothing is left to predict have no NLL: 0 would be a perfect one.
void leave_out_empty(ConjugateNumbers& numbers) {
  for (std::size_t i = 0; i < numbers.counts.size(); ++i)
    if (numbers.counts[i] == 0) numbers.log_density[i] = kNoDensity;
}

/// The NLL and, of documents, the perplexity.
void add_densities(const ConjugateNumbers& numbers, bool excludes_some, Json& summary) {
  if (numbers.log_density.empty()) return;
  std::vector<double> nll;
  for (std::size_t i = 0; i < numbers.log_density.size(); ++i)
    if (numbers.counts.empty() || numbers.counts[i] > 0) nll.push_back(-numbers.log_density[i]);
  const std::size_t all = numbers.log_density.size(), left_out = all - nll.size();
  summary["nll"] = with_impossible(nll, excludes_some);
  if (left_out > 0) {
    summary["nll"]["left_out"] = left_out;
    summary["nll"]["reason"] =
        std::to_string(left_out) + " of " + std::to_string(all) +
        " documents have no word left to predict, as those of a single word, and are left out";
  }
  if (numbers.counts.empty()) return;
  double total = 0, tokens = 0;
  for (std::size_t i = 0; i < numbers.counts.size(); ++i)
    if (numbers.counts[i] > 0) total += numbers.log_density[i], tokens += numbers.counts[i];
  summary["perplexity"] = {{"value", std::exp(-total / tokens)}, {"tokens", tokens}};
}

}  // namespace

void evaluate_conjugate(const ConjugateModel& model,
                        const Globals& globals,
                        const TrainedRun& run,
                        const Dataset& dataset,
                        const std::string& split,
                        std::int64_t batch_size,
                        Evaluation& out) {
  const at::NoGradGuard no_grad;
  const DataUnits units = run.units();
  const double n = static_cast<double>(run.num_train());
  Json shared = Json::object();
  double shared_sum = 0;
  for (std::size_t i = 0; i < globals.size(); ++i) {
    const double term = model.global_term(i, globals) / n;
    shared["prior_" + model.factors()[i].name] = {{"value", term}};
    shared_sum += term;
  }
  ConjugateNumbers numbers;
  double entropy = 0;
  const auto topics = model.topics() != nullptr
                          ? model.topics()->top_words(globals, kCoherenceWords)
                          : std::vector<std::vector<std::int64_t>>();
  TopicCoherence coherence(topics);
  for (std::size_t begin = 0; begin < out.rows.size();
       begin += static_cast<std::size_t>(batch_size)) {
    const std::size_t end = std::min(out.rows.size(), begin + static_cast<std::size_t>(batch_size));
    const Batch batch = dataset.batch(split,
                                      {out.rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                       out.rows.begin() + static_cast<std::ptrdiff_t>(end)},
                                      /*epoch=*/0);
    const LocalStep step = model.local_step(batch, globals, {});
    const Tensor volume = units.log_volume(batch);
    append_values(numbers.elbo, step.bound + shared_sum - volume);
    if (!topics.empty()) coherence.add(batch.x);
    entropy += step.statistics.entropy;
    const Tensor density = model.log_predictive(batch, globals), count = model.num_predicted(batch);
    if (density.defined()) append_values(numbers.log_density, density - volume);
    if (count.defined()) append_values(numbers.counts, count);
  }
  const bool excludes_some = model.excludes_some(globals);
  note_overflows(numbers, excludes_some, out);
  leave_out_empty(numbers);
  out.is_closed_form = true;
  for (std::size_t i = 0; i < numbers.elbo.size(); ++i) {
    ExampleEstimate estimate;
    estimate.elbo = numbers.elbo[i];
    estimate.log_evidence = numbers.log_density.empty() ? kNoDensity : numbers.log_density[i];
    out.examples.push_back(std::move(estimate));
  }
  out.summary["elbo"] = with_impossible(numbers.elbo, excludes_some);
  out.summary["entropy"] = {{"value", entropy / static_cast<double>(numbers.elbo.size())}};
  out.summary.update(shared);
  add_densities(numbers, excludes_some, out.summary);
  const double npmi = coherence.mean();
  if (std::isfinite(npmi)) out.summary["npmi"] = {{"value", npmi}, {"words", kCoherenceWords}};
  out.summary["model"] = model.summary(globals);
  if (!units.are_shown())
    out.summary["model_unit"] = "standardised columns: (value - mean) / standard deviation";
}

std::string closed_form_csv(const Evaluation& evaluation) {
  std::string out = "index,elbo,nll\n";
  for (std::size_t i = 0; i < evaluation.rows.size(); ++i) {
    const ExampleEstimate& e = evaluation.examples[i];
    out += std::to_string(evaluation.rows[i]) + "," + number_cell(e.elbo) + "," +
           number_cell(-e.log_evidence) + "\n";
  }
  return out;
}

}  // namespace elbow
