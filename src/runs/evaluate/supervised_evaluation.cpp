#include "supervised_evaluation.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "elbow/foundations/core/shape.h"
#include "elbow/foundations/core/timing.h"
#include "elbow/foundations/io/room.h"
#include "elbow/inference/particles/point_guide.h"
#include "elbow/models/conjugate/numbers.h"
#include "elbow/models/generative/model_factory.h"
#include "elbow/runs/evaluate/draw_jackknife.h"
#include "elbow/runs/evaluate/response_mixture.h"
#include "elbow/runs/evaluate/work_ahead.h"
#include "mean.h"
#include "undefined.h"

namespace elbow {
namespace {

/// Standard deviation of the response in each data set where the training was standardised, else
/// ones: [G].
Tensor response_units(const Json& facts, std::int64_t groups) {
  std::vector<double> out(static_cast<std::size_t>(groups), 1.0);
  if (facts.contains("standardization")) {
    const auto all =
        facts.at("standardization").at("standard_deviation").get<std::vector<double>>();
    const std::size_t columns = all.size() / out.size();
    for (std::size_t g = 0; g < out.size(); ++g) out[g] = all[(g + 1) * columns - 1];
  }
  return at::tensor(out, at::kDouble);
}

struct Answers {
  Tensor log_density, expected_log_density, squared_error;  ///< [N, G], in the response's unit
  DrawJackknife draws;                                      ///< of the log densities
};

Answers answers_of(const ResponseMixture& mixture,
                   const Dataset& dataset,
                   const std::string& split,
                   const std::vector<std::int64_t>& rows,
                   std::int64_t batch_size,
                   const Tensor& units) {
  std::vector<Tensor> density, expected, squares;
  DrawJackknife draws;
  // A product's last bits depend on how many rows it has: tiles lie in the same places whatever is
  // read at once.
  constexpr std::size_t kTile = 64;
  const std::size_t at_once =
      std::max<std::size_t>(1, static_cast<std::size_t>(batch_size) / kTile) * kTile;
  Batch read;
  for (std::size_t begin = 0; begin < rows.size(); begin += kTile) {
    const std::size_t offset = begin % at_once;
    const auto rows_from = [&](std::size_t count) {
      const std::size_t end = std::min(rows.size(), begin + count);
      return std::vector<std::int64_t>(rows.data() + begin, rows.data() + end);
    };
    if (offset == 0) read = dataset.batch(split, rows_from(at_once), /*epoch=*/0);
    const std::vector<std::int64_t> here = rows_from(kTile);
    const auto first = static_cast<std::int64_t>(offset);
    const auto [inputs, y] = inputs_and_responses(
        read.select(row_range(first, first + static_cast<std::int64_t>(here.size()))));
    const auto answer = mixture.at(inputs, y, here);
    density.push_back(answer.log_density - units.log());
    expected.push_back(answer.expected_log_density - units.log());
    draws.add(answer.log_densities);
    squares.push_back(((answer.mean - y.to(at::kCPU, at::kDouble)) * units).square());
  }
  return {at::cat(density), at::cat(expected), at::cat(squares), std::move(draws)};
}

/// What has overflowed is not defined.
std::string finite_cell(double value) {
  return number_cell(std::isfinite(value) ? value : std::numeric_limits<double>::quiet_NaN());
}

void note_overflows_of_answers(const Answers& answers, Evaluation& out) {
  const auto density = numbers_of(answers.log_density), squares = numbers_of(answers.squared_error);
  const std::size_t groups = density.size() / out.rows.size();
  for (std::size_t i = 0; i < density.size(); ++i)
    if (!std::isfinite(density[i]) || !std::isfinite(squares[i])) note_overflow(out, i / groups);
}

std::string answers_csv(const Answers& answers, const std::vector<std::int64_t>& rows) {
  std::string out = "index,split,nll,squared_error\n";
  const auto density = numbers_of(answers.log_density), squares = numbers_of(answers.squared_error);
  const std::size_t groups = density.size() / rows.size();
  for (std::size_t i = 0; i < density.size(); ++i) {
    out += std::to_string(rows[i / groups]) + "," + std::to_string(i % groups) + "," +
           finite_cell(-density[i]) + "," + finite_cell(squares[i]) + "\n";
  }
  return out;
}

/// Mean and standard error over the examples of one data set, or over several data sets.
/// @param values [N, G]
Json over_examples(const Tensor& values) {
  return value_and_error(numbers_of(values.size(1) == 1 ? values : values.mean(0)));
}

/// Of one data set by the delta method.
Json root_of_mean(const Tensor& squares) {
  if (squares.size(1) > 1) return value_and_error(numbers_of(squares.mean(0).sqrt()));
  const Mean mean = mean_of(numbers_of(squares), [](double square) { return square; });
  const double root = std::sqrt(mean.value);
  return {{"value", root}, {"standard_error", mean.standard_error / (2 * root)}};
}

/// ELBO, reconstruction and KL, for guides over weights. The KL has no error over examples: they
/// share it.
void add_bound(Json& out,
               const ResponseMixture& mixture,
               const Answers& answers,
               double num_train) {
  const Tensor kl = mixture.kl();
  if (!kl.defined()) return;
  const Tensor each = kl / num_train;
  out["elbo"] = over_examples(answers.expected_log_density - each);
  out["reconstruction"] = over_examples(answers.expected_log_density);
  out["kl"] = {{"value", each.mean().item<double>()}};
  if (each.numel() > 1) out["kl"] = value_and_error(numbers_of(each));
  const Tensor sampled = mixture.kl_of_draws();
  const Tensor offsets = sampled.defined() ? sampled / num_train : Tensor();
  if (offsets.defined() && offsets.size(0) > 1)
    out["kl"]["monte_carlo_error"] =
        std::sqrt(offsets.mean(1).var(0, /*unbiased=*/true).item<double>() /
                  static_cast<double>(offsets.size(0)));
  out["elbo"]["monte_carlo_error"] = std::sqrt(answers.draws.variance_of_mean_log(offsets));
}

bool has_classes(const TrainedRun& run) {
  const auto* row = model_factory().find(run.node().child("model").type());
  const auto* traits = row == nullptr ? nullptr : row->info.find_traits<ModelTraits>();
  return traits != nullptr && traits->has_binary_response;
}

/// Draws of weights are held together, and so are the densities of a batch under each of them; all
/// of it has to end.
void check_draws(SupervisedModel& model,
                 Guide& guide,
                 const Dataset& dataset,
                 const std::string& split,
                 const std::vector<std::int64_t>& rows,
                 const ImportanceOptions& options) {
  const double count = static_cast<double>(options.particles),
               in_batch = static_cast<double>(
                   std::min(options.batch_size, static_cast<std::int64_t>(rows.size())));
  const std::string draws = "--particles: " + std::to_string(options.particles) + " draws";
  if (has_global_site(model.sites())) {
    if (dynamic_cast<const PointGuide*>(&guide) != nullptr) return;  // they are there already
    const DistributionPtr q = only_distribution(guide, {}, model.sites());
    const std::int64_t weights = num_elements(q->batch_shape()) * num_elements(q->event_shape());
    // Of each the draw and the noise that it is made of.
    io::check_memory(2.0 * sizeof(float) * static_cast<double>(weights) * count,
                     draws + " of " + std::to_string(weights) + " weights");
  }
  // Once as they come, once joined, once in the jackknife.
  io::check_memory(
      3.0 * sizeof(double) * count * in_batch * static_cast<double>(model.num_groups()),
      draws + " for each example of a batch");
  constexpr std::int64_t kFewDraws = 50;
  constexpr double kFewAnswers = 1e6;
  if (count * static_cast<double>(rows.size()) < kFewAnswers) return;
  const std::vector<std::int64_t> some(rows.begin(),
                                       rows.begin() + static_cast<std::ptrdiff_t>(in_batch));
  const auto [inputs, y] = inputs_and_responses(dataset.batch(split, some, /*epoch=*/0));
  const ResponseMixture few(model, guide, kFewDraws, options.seed);
  const auto begin = SteadyClock::now();
  few.at(inputs, y, some);
  announce_work(seconds_between(begin, SteadyClock::now()) * count / kFewDraws *
                    static_cast<double>(rows.size()) / in_batch,
                draws + " for each of " + std::to_string(rows.size()) + " examples");
}

}  // namespace

void evaluate_supervised(TrainedRun& run,
                         const EvaluationOptions& options,
                         const Dataset& dataset,
                         const std::string& split,
                         Evaluation& out) {
  SupervisedModel& model = *run.modules.model->response_model();
  check_draws(model, *run.modules.guide, dataset, split, out.rows, options.importance);
  const ResponseMixture mixture(
      model, *run.modules.guide, options.importance.particles, options.importance.seed);
  const Tensor units = response_units(run.facts, model.num_groups());
  const Answers answers =
      answers_of(mixture, dataset, split, out.rows, options.importance.batch_size, units);
  const JackknifeOfLogMean left_out = answers.draws.of_log_mean();
  out.summary["nll"] = over_examples(-answers.log_density);
  out.summary["nll"]["particles"] = mixture.num_draws();
  if (mixture.has_independent_draws()) {
    out.summary["nll"]["monte_carlo_error"] = std::sqrt(left_out.variance);
    out.summary["nll_bias"] = {{"value", -left_out.bias}};
  }
  out.summary["rmse"] = root_of_mean(answers.squared_error);
  out.summary["rmse"]["unit"] = "of the response in the data file";
  if (has_classes(run))
    // Of a class that is 0 or 1 the more probable one is right where the error is below a half.
    out.summary["accuracy"] = over_examples((answers.squared_error < 0.25).to(at::kDouble));
  add_bound(out.summary, mixture, answers, static_cast<double>(run.num_train()));
  if (model.num_groups() > 1)
    out.summary["splits"] = {{"rmse", numbers_of(answers.squared_error.mean(0).sqrt())},
                             {"nll", numbers_of(-answers.log_density.mean(0))}};
  note_overflows_of_answers(answers, out);
  out.csv = answers_csv(answers, out.rows);
}

}  // namespace elbow
