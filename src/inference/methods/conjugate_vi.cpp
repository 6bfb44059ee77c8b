#include "elbow/inference/methods/conjugate_vi.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <exception>

#include "elbow/data/dataset/dataset.h"
#include "elbow/data/dataset/large_data.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/foundations/core/profile_span.h"
#include "elbow/foundations/observe/log.h"

namespace elbow {

namespace {

Tensor scalar(double value) { return at::full({}, value, at::kDouble); }

Tensor row_index(const std::vector<std::int64_t>& rows) { return at::tensor(rows); }

/// Empty when the factor lies inside its parameter space, else its name and what is wrong.
std::string problem_of(const ConjugateModel& model, const Globals& globals, std::size_t i) {
  const GlobalFactor& factor = model.factors()[i];
  if (!factor.family) return "";
  const std::string problem = factor.family->problem(globals.natural(i));
  return problem.empty() ? "" : factor.name + ": " + problem;
}

double total_of(const std::vector<double>& terms) {
  double sum = 0;
  for (const double term : terms) sum += term;
  return sum;
}

void warn_of_failure(std::int64_t restart, std::int64_t restarts, const std::string& problem) {
  log::warning("restart " + std::to_string(restart + 1) + " of " + std::to_string(restarts) +
               " failed and is left out: " + problem);
}

/// The batch with ascending indices: sums run in index order, however the data were shuffled.
Batch in_index_order(const Batch& batch) {
  // Documents stay as they come: the Trainer hands over a whole data set in order.
  if (batch.x.layout() != at::kStrided ||
      std::is_sorted(batch.indices.begin(), batch.indices.end()))
    return batch;
  std::vector<std::int64_t> order(batch.indices.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  std::sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return batch.indices[static_cast<std::size_t>(a)] < batch.indices[static_cast<std::size_t>(b)];
  });
  return batch.select(order);
}

}  // namespace

ConjugateVi::ConjugateVi(ConjugateModelPtr model,
                         const InitialData& data,
                         Options options,
                         const std::vector<Tensor>& start,
                         const Tensor& frame)
    : model_(std::move(model)), options_(std::move(options)) {
  const at::NoGradGuard no_grad;
  std::exception_ptr first;
  for (std::int64_t r = 0; r < options_.restarts; ++r) {
    try {
      restarts_.push_back(begin(data, r, start, frame));
    } catch (const DataError& error) {
      if (!first) first = std::current_exception();
      std::vector<Tensor> priors;
      for (const auto& factor : model_->factors()) priors.push_back(factor.prior);
      restarts_.push_back(Restart{Globals(model_->factors(), priors), {}, false, {}, true});
      if (options_.restarts > 1) warn_of_failure(r, options_.restarts, error.what());
    }
  }
  if (num_left() == 0) std::rethrow_exception(first);
}

ConjugateVi::Restart ConjugateVi::begin(const InitialData& data,
                                        std::int64_t number,
                                        const std::vector<Tensor>& start,
                                        const Tensor& frame) const {
  // A restart's start is a function of (seed, restart), so the first of five is the only one of
  // one.
  at::Generator generator = at::detail::createCPUGenerator(
      derive_key(options_.seed, Purpose::initialisation, static_cast<std::uint64_t>(number)));
  GeneratorSource source(generator);
  const auto first_globals = [&] {
    try {
      return start.empty() ? model_->start(data, source) : Globals(model_->factors(), start, frame);
    } catch (const c10::LinAlgError&) {
      throw DataError("the start has a matrix that is not positive definite",
                      "give the factors a prior, or make the model smaller");
    }
  };
  const Globals globals = first_globals();
  for (std::size_t i = 0; i < globals.size(); ++i) {
    const std::string problem = problem_of(*model_, globals, i);
    if (problem.empty()) continue;
    const std::int64_t most = std::min<std::int64_t>(data.num_examples, 4096);
    if (has_squares_that_overflow(data.rows(row_range(0, most)).x))
      throw DataError("the start of the global factor " + problem, kRescaleLargeData);
    throw DataError(
        "the start of the global factor " + problem + " (too few different examples for it?)",
        "give it a prior (remove inference.flat_priors), or make the model smaller");
  }
  return Restart{globals, {}, false, {}};
}

std::int64_t ConjugateVi::num_left() const {
  return std::count_if(
      restarts_.begin(), restarts_.end(), [](const Restart& r) { return !r.has_failed; });
}

Statistics ConjugateVi::local_steps(Restart& restart, const MicroBatches& micro_batches) const {
  const ProfileSpan span(SpanKind::component, "local step");
  Statistics total;
  for (std::size_t i = 0; i < micro_batches.size(); ++i) {
    const Batch batch = in_index_order(micro_batches[i]);
    Tensor begin;
    if (restart.local.defined()) begin = restart.local.index_select(0, row_index(batch.indices));
    LocalStep step = model_->local_step(batch, restart.globals, begin);
    if (options_.keeps_local && step.local.defined()) {
      if (!restart.local.defined())
        restart.local = at::zeros({options_.num_examples, step.local.size(1)}, at::kDouble);
      restart.local = restart.local.index_copy(0, row_index(batch.indices), step.local);
    }
    if (i == 0)
      total = std::move(step.statistics);
    else
      total.add(step.statistics);
  }
  return total.scaled(static_cast<double>(options_.num_examples) / total.count);
}

std::vector<double> ConjugateVi::terms_of(const Statistics& statistics,
                                          const Globals& globals) const {
  const ProfileSpan span(SpanKind::component, "bound");
  std::vector<double> out{model_->expected_log_joint(statistics, globals), statistics.entropy};
  for (std::size_t i = 0; i < globals.size(); ++i) out.push_back(model_->global_term(i, globals));
  return out;
}

std::vector<std::string> ConjugateVi::term_names() const {
  std::vector<std::string> out{"expected_log_joint", "entropy"};
  for (const auto& factor : model_->factors()) out.push_back("prior_" + factor.name);
  return out;
}

double ConjugateVi::Restart::bound() const { return total_of(terms); }

std::size_t ConjugateVi::best() const {
  std::size_t out = 0;
  while (restarts_[out].has_failed) ++out;
  for (std::size_t r = out + 1; r < restarts_.size(); ++r)
    if (!restarts_[r].has_failed && !restarts_[r].terms.empty() &&
        restarts_[r].bound() > restarts_[out].bound())
      out = r;
  return out;
}

std::string ConjugateVi::advance(Restart& restart,
                                 const MicroBatches& micro_batches,
                                 double rho) const {
  const Statistics statistics = local_steps(restart, micro_batches);
  std::vector<double> terms = terms_of(statistics, restart.globals);
  const double bound = total_of(terms);
  if (!std::isfinite(bound)) return "bound";
  const bool has_two =
      !restart.terms.empty() && micro_batches.num_examples() == options_.num_examples;
  if (has_two) restart.change = std::abs(bound - restart.bound()) / std::abs(bound);
  restart.is_converged = has_two && options_.tolerance > 0 &&
                         std::abs(bound - restart.bound()) <= options_.tolerance * std::abs(bound);
  restart.terms = std::move(terms);
  if (restart.is_converged) return "";
  const ProfileSpan span(SpanKind::component, "global step");
  for (std::size_t i = 0; i < restart.globals.size(); ++i) {
    const Tensor target = model_->optimum(i, statistics, restart.globals);
    const Tensor& now = restart.globals.natural(i);
    restart.globals.set(i, rho == 1.0 ? target : now * (1.0 - rho) + target * rho);
    // A class on too few examples has no covariance: better said here than by a failed
    // factorisation.
    const std::string problem = problem_of(*model_, restart.globals, i);
    if (!problem.empty()) return problem;
  }
  model_->reframe(restart.globals);
  return "";
}

bool ConjugateVi::advance_all(const MicroBatches& micro_batches, double rho) {
  std::vector<Restart> before = restarts_;
  std::exception_ptr refusal;
  problem_ = "";
  for (std::size_t r = 0; r < restarts_.size(); ++r) {
    if (restarts_[r].is_done()) continue;
    std::string problem;
    try {
      problem = advance(restarts_[r], micro_batches, rho);
    } catch (const c10::LinAlgError&) {
      problem = "a matrix that is not positive definite";
    } catch (const DataError& error) {
      refusal = std::current_exception();
      problem = error.what();
    }
    if (problem.empty()) continue;
    restarts_[r] = before[r];
    restarts_[r].has_failed = true;
    problem_ = problem;
  }
  if (num_left() == 0) {
    restarts_ = std::move(before);
    if (refusal) std::rethrow_exception(refusal);
    return false;
  }
  for (std::size_t r = 0; r < restarts_.size(); ++r)
    if (restarts_[r].has_failed && !before[r].has_failed)
      warn_of_failure(static_cast<std::int64_t>(r), options_.restarts, problem_);
  return true;
}

StepReport ConjugateVi::step(const MicroBatches& micro_batches, const Clock& clock) {
  const at::NoGradGuard no_grad;
  const double rho = std::min(1.0, options_.rho->value(clock)) * rate_factor_;
  const bool is_finite = advance_all(micro_batches, rho);
  const Restart& shown = restarts_[best()];
  const double n = static_cast<double>(options_.num_examples);
  StepReport report;
  report.found_non_finite = at::full({}, is_finite ? 0.0 : 1.0, at::kFloat);
  report.means = {{"elbo", scalar(shown.bound() / n)}, {"objective", scalar(shown.bound() / n)}};
  const auto names = term_names();
  for (std::size_t i = 0; i < names.size(); ++i)
    report.means.emplace_back(names[i], scalar(shown.terms.empty() ? 0.0 : shown.terms[i] / n));
  if (options_.restarts > 1)
    report.means.emplace_back("failed_restarts",
                              scalar(static_cast<double>(options_.restarts - num_left())));
  return report;
}

EvaluationTerms ConjugateVi::evaluate(const Batch& batch, RandomSource&) {
  const at::NoGradGuard no_grad;
  const LocalStep step = model_->local_step(batch, globals(), {});
  double shared = 0;
  for (std::size_t i = 0; i < globals().size(); ++i) shared += model_->global_term(i, globals());
  return {{"elbo", step.bound + shared / static_cast<double>(options_.num_examples)}};
}

std::vector<std::pair<std::string, double>> ConjugateVi::schedule_values(const Clock& clock) {
  return {{"rho", std::min(1.0, options_.rho->value(clock)) * rate_factor_}};
}

std::optional<Convergence> ConjugateVi::convergence() const {
  const Restart& restart = restarts_[best()];
  return Convergence{restart.is_converged, restart.change, options_.tolerance};
}

bool ConjugateVi::has_converged() const {
  return std::all_of(
      restarts_.begin(), restarts_.end(), [](const Restart& r) { return r.is_done(); });
}

std::int64_t ConjugateVi::num_parameters() const {
  std::int64_t out = 0;
  for (std::size_t i = 0; i < globals().size(); ++i) out += globals().natural(i).numel();
  return out;
}

void ConjugateVi::set_retry(std::int64_t, double rate_factor) { rate_factor_ = rate_factor; }

Json ConjugateVi::explain_non_finite(const MicroBatches&, const Clock&) {
  return {{"first", problem_.empty() ? "bound" : problem_}};
}

}  // namespace elbow
