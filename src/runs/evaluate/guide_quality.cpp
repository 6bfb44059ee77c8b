#include "elbow/runs/evaluate/guide_quality.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "elbow/foundations/core/philox.h"
#include "elbow/inference/guides/guide.h"
#include "elbow/probability/targets/target.h"
#include "elbow/runs/evaluate/posterior_record.h"
#include "elbow/runs/evaluate/weight_statistics.h"

namespace elbow {
namespace {

constexpr double kReliable = 0.5, kUsable = kUsableParetoK;

Tensor log_weights_of(const Modules& modules, std::int64_t draws, RandomSource& source) {
  const Batch nobody{at::empty({1})};
  const auto [z, log_q] = only_distribution(*modules.guide, nobody, modules.model->sites())
                              ->sample_and_log_prob({draws}, source);
  const Tensor log_p = modules.model->target()->log_density(z.reshape({draws, -1}));
  return (log_p - log_q.reshape({draws})).to(at::kCPU, at::kDouble);
}

/// ln of the mean of weights, and its standard error.
std::pair<double, double> log_mean_of(const std::vector<double>& log_weights) {
  const double largest = *std::max_element(log_weights.begin(), log_weights.end());
  const auto count = static_cast<double>(log_weights.size());
  double sum = 0, squares = 0;
  for (const double one : log_weights) {
    const double weight = std::exp(one - largest);
    sum += weight;
    squares += weight * weight;
  }
  const double mean = sum / count, variance = squares / count - mean * mean;
  return {largest + std::log(mean), std::sqrt(variance / count) / mean};
}

std::string fixed(const Json& value, int digits) {
  if (!value.is_number()) return "undefined";
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", digits, value.get<double>());
  return text;
}

std::string row(const std::string& name, const std::string& text) {
  constexpr std::size_t kWidth = 24;
  return name + std::string(kWidth - name.size(), ' ') + text + "\n";
}

std::string meaning_of(double k) {
  if (std::isnan(k)) return "cannot be estimated";
  if (k < kReliable) return "below 0.5: the importance weights are reliable";
  if (k < kUsable) return "below 0.7: the importance weights are usable";
  return "0.7 or above: the posterior has mass that the guide does not reach";
}

}  // namespace

GuideQuality quality_of_guide(const Modules& modules, std::uint64_t seed) {
  if (modules.model->target() == nullptr) throw std::logic_error("quality of a guide of no target");
  constexpr std::int64_t kAtOnce = 1000, kFewest = 20000, kMost = 100000;
  constexpr double kWanted = 0.005;
  const at::NoGradGuard no_grad;
  GeneratorSource source(seeded_generator(at::kCPU, derive_key(seed, Purpose::diagnosis)));
  std::vector<Tensor> parts;
  GuideQuality out;
  Tensor finite;
  while (true) {
    parts.push_back(log_weights_of(modules, kAtOnce, source));
    out.draws += kAtOnce;
    if (out.draws % kFewest != 0) continue;
    const Tensor all = at::cat(parts);
    finite = all.masked_select(at::isfinite(all));
    out.rejected = out.draws - finite.numel();
    out.elbo = finite.mean().item<double>();
    out.elbo_error = finite.std().item<double>() / std::sqrt(static_cast<double>(finite.numel()));
    // Not towards an error that the most draws would not reach.
    const double reachable =
        out.elbo_error * std::sqrt(static_cast<double>(out.draws) / static_cast<double>(kMost));
    if (!(out.elbo_error > kWanted) || !(reachable <= kWanted)) break;
  }
  const Tensor all = at::cat(parts).contiguous();
  WeightStatistics weights(out.draws);
  std::vector<double> each;
  for (std::int64_t i = 0; i < out.draws; ++i) {
    const double one = all.const_data_ptr<double>()[i];
    each.push_back(std::isfinite(one) ? one : -INFINITY);
    weights.add(each.back());
  }
  std::tie(out.log_evidence, out.log_evidence_error) = log_mean_of(pareto_smoothed(each));
  out.pareto_k = weights.pareto_k();
  // Above 1/2 the weights have no variance, and the error of smoothed ones falls as n^(k - 1) only:
  // Vehtari et al., "Pareto smoothed importance sampling", 2024, arXiv:1507.02646, section 3.3.
  if (out.pareto_k > kReliable)
    out.log_evidence_error *=
        std::pow(static_cast<double>(out.draws), std::min(out.pareto_k, 1.0) - kReliable);
  out.effective_sample_size = weights.effective_sample_size();
  return out;
}

std::vector<Finding> findings_on(const GuideQuality& quality) {
  if (quality.pareto_k < kUsable) return {};
  const bool is_known = !std::isnan(quality.pareto_k);
  return {
      {"guide_misses_mass",
       is_known ? "Pareto k is " + fixed(quality.pareto_k, 2) +
                      ": the posterior has mass that the guide does not reach, so that its "
                      "means and sds may be far off"
                : "Pareto k cannot be estimated: too few draws of the guide have a density",
       "chains of the same model (inference={type: hmc}, and '~guide' where the file has a guide), "
       "and elbow compare CHAINS RUN --posterior; or a guide with more freedom, such as "
       "mixture_normal or flows"}};
}

Json json_of(const GuideQuality& quality) {
  const bool is_usable = quality.pareto_k < kUsable;
  return {{"draws", quality.draws},
          {"rejected", quality.rejected},
          {"elbo", {{"value", or_null(quality.elbo)}, {"error", or_null(quality.elbo_error)}}},
          {"pareto_k", std::isinf(quality.pareto_k) ? Json("-inf") : or_null(quality.pareto_k)},
          {"effective_sample_size", or_null(quality.effective_sample_size)},
          {"log_evidence",
           is_usable ? Json{{"value", or_null(quality.log_evidence)},
                            {"error", or_null(quality.log_evidence_error)}}
                     : Json(nullptr)}};
}

std::string quality_text(const Json& quality) {
  if (!quality.is_object() || !quality.contains("elbo") || !quality["elbo"].is_object()) return "";
  const Json k = quality.value("pareto_k", Json()),
             evidence = quality.value("log_evidence", Json());
  const bool has_no_tail = k == "-inf";
  const double shape = k.is_number() ? k.get<double>() : has_no_tail ? -INFINITY : std::nan("");
  std::string out = row("ELBO",
                        fixed(quality["elbo"].value("value", Json()), 4) + " +- " +
                            fixed(quality["elbo"].value("error", Json()), 4) + " nats");
  out += row("Pareto k",
             has_no_tail ? "-inf: all weights are equal" : fixed(k, 2) + ", " + meaning_of(shape));
  out += row("log evidence",
             evidence.is_object()
                 ? fixed(evidence.value("value", Json()), 4) + " +- " +
                       fixed(evidence.value("error", Json()), 4) + " nats, by importance weights" +
                       (shape < kReliable ? "" : "; rather too low")
                 : "not estimated: Pareto k does not allow it");
  const std::string draws = quality.value("draws", Json(0)).dump();
  out += row("effective sample size",
             fixed(quality.value("effective_sample_size", Json()), 0) + " of " + draws + " draws");
  const Json rejected = quality.value("rejected", Json(0));
  if (rejected != 0)
    out += row("draws without density",
               rejected.dump() + " of " + draws + ": the ELBO above is that of the others");
  return out;
}

}  // namespace elbow
