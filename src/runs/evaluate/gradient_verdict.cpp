#include "gradient_verdict.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/where.h>
#include <c10/core/InferenceMode.h>

#include <cmath>

#include "column_scales.h"
#include "elbow/data/dataset/data_units.h"
#include "elbow/data/dataset/large_data.h"
#include "elbow/runs/evaluate/evaluation.h"
#include "elbow/runs/evaluate/likelihood_traits_of.h"
#include "short_number.h"

namespace elbow {
namespace {

constexpr std::int64_t kFewestJudged = 20;
constexpr double kErrors = 3;       ///< standard errors by which a fall is no accident
constexpr double kInactive = 0.01;  ///< of the posterior's own variance, about 0.005 nats
constexpr double kAtLimit = 1e-3;   ///< of a log scale
/// Of the ELBO: less than this after a whole training is no learning.
constexpr double kUnchanged = 1e-4;

std::string four_digits(double value) { return short_number(value, "%.4g"); }

/// Bounds that lie below the evidence: their training raises the ELBO. Others may give some of it
/// away for what they want.
bool maximises_the_elbo(const ConfigNode& config) {
  const std::string type = config.child("objective").type();
  return type == "elbo" || type == "iwae" || type == "miwae" || type == "ciwae";
}

std::string rate_text(const ConfigNode& config) {
  const Json rate = config.child("optimizer").raw().at("learning_rate");
  const bool is_constant =
      rate.is_object() && rate.value("type", "") == "constant" && rate.contains("value");
  return (is_constant ? rate.at("value") : rate).dump();
}

std::string advice_on_rate(const ConfigNode& config) {
  return "lower optimizer.learning_rate, which is " + rate_text(config) +
         ", or start it low ({type: warmup, ...}); optimizer.clip_norm bounds single steps";
}

/// @param x the examples that it is of
void judge_bound(const ConfigNode& config,
                 const Tensor& x,
                 const Json& start,
                 const Json& end,
                 std::vector<Finding>& out) {
  if (!end.is_object()) return;
  if (!end.at("elbo").is_number()) {
    out.push_back(
        {"bound_not_finite",
         "the ELBO of the last weights is not finite",
         has_squares_that_overflow(x) ? std::string(kRescaleLargeData) : advice_on_rate(config)});
    return;
  }
  if (!start.is_object() || !start.at("elbo").is_number()) return;
  const double error = start.value("standard_error", Json(0.0)).is_number()
                           ? start.at("standard_error").get<double>()
                           : 0.0;
  const double before = start.at("elbo").get<double>(), after = end.at("elbo").get<double>();
  if (std::abs(after - before) <= kUnchanged * (std::abs(before) + 1)) {
    out.push_back(
        {"nothing_learned",
         "training moved the ELBO by " + four_digits(after - before) + " nats per example, from " +
             four_digits(before) + ": nothing was learned",
         "raise optimizer.learning_rate, which is " + rate_text(config) + ", or train longer"});
    return;
  }
  const double margin = maximises_the_elbo(config) ? kErrors * error : 10 * (std::abs(before) + 1);
  if (after >= before - margin) return;
  out.push_back({"bound_fell",
                 "the ELBO ended at " + four_digits(after) + " nats per example, below the " +
                     four_digits(before) + " that it began with (" + end.at("examples").dump() +
                     " training examples)",
                 advice_on_rate(config)});
}

/// What a normal likelihood's fixed scale has to do with it; empty when it is not to blame.
std::string advice_on_scale(const ConfigNode& config, const Tensor& x) {
  const ConfigNode likelihood = config.child("model").child("likelihood");
  if (likelihood.type() != "normal" || likelihood.text("scale") != "fixed") return "";
  const double scale = likelihood.number("scale_value");
  const double spread = x.flatten(1).to(at::kDouble).var(0).mean().sqrt().item<double>();
  if (scale < spread) return "";
  return "set model.likelihood.scale=shared, which learns the noise: scale_value is fixed at " +
         four_digits(scale) + ", more than the data vary (standard deviation " +
         four_digits(spread) + "), so that no latent pays for itself";
}

/// The numbers of some examples, the mean of the column where one is missing.
Tensor filled(const Batch& batch) {
  if (!batch.seen.defined()) return batch.x;
  const Tensor mean = batch.x.sum(0) / batch.seen.sum(0).clamp_min(1);
  return at::where(batch.seen, batch.x, mean);
}

DistributionPtr posterior_at(const Modules& modules, const Batch& batch) {
  return only_distribution(*modules.guide, batch, modules.model->sites());
}

void judge_units(const ConfigNode& config,
                 const Modules& modules,
                 const Batch& batch,
                 std::vector<Finding>& out) {
  if (batch.size() < kFewestJudged) return;
  const auto q = posterior_at(modules, batch);
  // A heavy tail may have a location, but neither mean nor variance.
  Tensor centre = (q->traits().has_moments ? q->mean() : q->location()).to(at::kDouble);
  if (!centre.isfinite().all().item<bool>()) centre = q->location().to(at::kDouble);
  const Tensor between = centre.var(0);
  Tensor least = at::full_like(between, kInactive);
  if (q->traits().has_moments) {
    // Against the posterior's own width: a latent has no unit.
    const Tensor width = q->variance().to(at::kDouble).mean(0);
    least = at::where(width.isfinite(), width * kInactive, least);
  }
  if ((between > least).any().item<bool>()) return;
  const std::string scale = advice_on_scale(config, filled(batch));
  out.push_back(
      {"collapsed",
       "the posterior is the same for all examples: 0 of " + std::to_string(between.size(0)) +
           " latent units say anything of them",
       scale.empty()
           ? "train longer, warm up the KL (objective.beta={type: linear, from: 0.01, to: "
             "1, over_epochs: 10}) or leave each unit some (objective.free_bits=0.05); "
             "elbow diagnose says more"
           : scale});
}

/// A learned noise scale at its lower limit: the data are fitted without noise.
void judge_noise(const ConfigNode& config, const Modules& modules, std::vector<Finding>& out) {
  const ConfigNode likelihood = config.child("model").child("likelihood");
  if (!likelihood.has("scale") || likelihood.text("scale") == "fixed") return;
  const double limit = likelihood.number("min_log_scale");
  for (const auto& item : modules.model->named_parameters()) {
    const std::string& name = item.key();
    if (name.size() < 9 || name.compare(name.size() - 9, 9, "log_scale") != 0) continue;
    const std::int64_t count = (item.value() <= limit + kAtLimit).sum().item<std::int64_t>();
    if (count == 0) continue;
    out.push_back(
        {"scale_at_limit",
         "the noise scale of " + std::to_string(count) + " of " +
             std::to_string(item.value().numel()) + " ended at its lower limit, exp(" +
             four_digits(limit) + ")",
         "look for elements of the data that are constant or copies of others; the bound grows "
         "without end there, so that min_log_scale, not the data, decides it"});
  }
}

/// Posterior scales at their limits for most examples.
void judge_posterior_scale(const ConfigNode& config,
                           const Modules& modules,
                           const Batch& batch,
                           std::vector<Finding>& out) {
  const ConfigNode posterior = config.child("guide").child("posterior");
  if (!posterior.has("min_log_scale") || !posterior.has("max_log_scale")) return;
  const auto q = posterior_at(modules, batch);
  if (!q->traits().has_moments || posterior.type() != "diag_normal") return;
  const Tensor log_scale = q->variance().to(at::kDouble).log() / 2;
  const double low = posterior.number("min_log_scale"), high = posterior.number("max_log_scale");
  const Tensor is_at_limit = (log_scale <= low + kAtLimit) | (log_scale >= high - kAtLimit);
  const double share = is_at_limit.to(at::kDouble).mean().item<double>();
  if (share <= 0.5) return;
  out.push_back({"scale_at_limit",
                 four_digits(100 * share) +
                     " % of the posterior's scales ended at their limits, exp(" + four_digits(low) +
                     ") or exp(" + four_digits(high) + ")",
                 "lower optimizer.learning_rate, or widen guide.posterior.min_log_scale and "
                 "max_log_scale"});
}

/// Unscaled columns explain most that goes wrong, so they come before other advice, and are worth a
/// word where nothing has gone wrong yet.
void advise_on_columns(const ConfigNode& config,
                       const Dataset& dataset,
                       const Tensor& x,
                       std::vector<Finding>& out) {
  const std::string column = far_column(config, dataset, x);
  if (column.empty()) return;
  const auto* traits = likelihood_traits_of(config);
  // Counts, codes and numbers above 0 are scored as they are; the encoder alone may be shown
  // others.
  const bool takes_any = traits == nullptr || traits->support == SupportKind::real;
  const std::string advice =
      (takes_any ? "set data.standardize=true, since "
                 : "set input: symlog in the guide's network (an mlp), since ") +
      column + ", and networks and learning rates are made for columns around 0 and 1";
  for (Finding& found : out) found.advice = advice + "; then " + found.advice;
  if (out.empty()) out.push_back({"far_columns", column + ", not 0 and 1", advice});
}

}  // namespace

std::vector<Finding> judge_gradient_fit(const EndOfTraining& training,
                                        const Modules& modules,
                                        bool has_posteriors) {
  const ConfigNode& config = training.config;
  const Dataset& dataset = training.dataset;
  const auto weights = training.inference.use_evaluated_weights();
  const c10::InferenceMode inference;
  const Batch batch = dataset.batch(
      "train", choose_rows(dataset.size("train"), kMostJudged, training.seed), /*epoch=*/0);
  std::vector<Finding> out;
  const Tensor x = filled(batch);
  judge_bound(config, x, training.start, training.end, out);
  if (out.empty() && has_posteriors) {
    modules.model->eval();
    modules.guide->eval();
    judge_units(config, modules, batch, out);
    judge_noise(config, modules, out);
    judge_posterior_scale(config, modules, batch, out);
  }
  advise_on_columns(config, dataset, x, out);
  return out;
}

}  // namespace elbow
