#include <cmath>

#include "elbow/runs/evaluate/evaluation.h"
#include "mean.h"

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
  std::vector<double> variances;
  for (std::size_t unit = 0; unit < units; ++unit) {
    double sum = 0, squares = 0;
    for (const auto& example : examples) sum += example.posterior_mean[unit];
    const double mean = sum / count;
    for (const auto& example : examples)
      squares += (example.posterior_mean[unit] - mean) * (example.posterior_mean[unit] - mean);
    // How a unit varies over a single example is not defined.
    variances.push_back(squares / (count - 1));
  }
  out["active_units"] = active_units(variances, prior_variances, 0, units);
  out["mean_variance_per_unit"] = variances;
}

}  // namespace

Json active_units(const std::vector<double>& variances,
                  const std::vector<double>& prior_variances,
                  std::size_t begin,
                  std::size_t end) {
  int active = 0;
  for (std::size_t unit = begin; unit < end; ++unit) {
    if (!std::isfinite(variances[unit])) return nullptr;
    const double scale = unit < prior_variances.size() ? prior_variances[unit] : 1.0;
    active += variances[unit] > kActiveShare * scale;
  }
  return active;
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
  if (!std::isnan(examples.front().relaxed_elbo)) {
    const Mean relaxed = mean_of(examples, [](const auto& e) { return e.relaxed_elbo; });
    out["relaxed_elbo"] = {{"value", relaxed.value}, {"standard_error", relaxed.standard_error}};
  }
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

void note_refinement(const RefinementOptions& options, Json& summary) {
  if (options.steps > 0)
    summary["refinement"] = {{"steps", options.steps}, {"learning_rate", options.learning_rate}};
}

}  // namespace elbow
