#include "elbow/runs/evaluate/posterior_study.h"

#include <ATen/TensorOperators.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "elbow/foundations/core/error.h"
#include "elbow/inference/methods/build_gradient_vi.h"
#include "elbow/runs/evaluate/mutual_information.h"
#include "mean.h"
#include "prior_variances.h"

namespace elbow {
namespace {

/// Below this the latents say nothing for all that matters (nats, of the whole latent).
constexpr double kCollapsed = 0.1;
/// Examples and draws that their mutual information is estimated from: every posterior is asked
/// about every draw. Flows are asked by their inverse, which may be slow.
constexpr std::size_t kInformed = 1000, kInformedByInverse = 200;
constexpr std::int64_t kInformedDraws = 4;
constexpr std::size_t kWorst = 10;
constexpr std::int64_t kFewExamples = 20;
/// Apart from those of the gradients.
constexpr std::uint64_t kNoiseStream = std::uint64_t{1} << 40;

/// Mean KL of each unit over the rows, [L]; empty where the KL is no sum over units.
std::vector<double> kl_per_unit(TrainedRun& run,
                                const Dataset& dataset,
                                const std::string& split,
                                const std::vector<std::int64_t>& rows,
                                std::int64_t batch_size) {
  const c10::InferenceMode inference;
  const ObjectivePtr objective = build_objective(run.node(), dataset);
  Tensor total;
  for (std::size_t begin = 0; begin < rows.size(); begin += static_cast<std::size_t>(batch_size)) {
    const std::size_t end = std::min(rows.size(), begin + static_cast<std::size_t>(batch_size));
    const Batch batch = dataset.batch(split, {rows.data() + begin, rows.data() + end}, /*epoch=*/0);
    GeneratorSource source(seeded_generator(
        run.device, derive_key(run.seed, Purpose::diagnosis, kNoiseStream, begin)));
    const Trace guide =
        run.modules.guide->condition(batch)->draw(1, source, DrawGradient::pathwise);
    const Trace model = run.modules.model->score(batch, guide, {source, run.num_train()});
    // By closed forms, whatever the run's own objective takes its KL from.
    const BoundTerms terms = objective->closed_form_parts(model, guide);
    if (!terms.kl_per_unit.defined()) return {};
    const Tensor sum =
        terms.kl_per_unit.to(at::kCPU, at::kDouble) * static_cast<double>(end - begin);
    total = total.defined() ? total + sum : sum;
  }
  const Tensor mean = (total / static_cast<double>(rows.size())).contiguous();
  return {mean.const_data_ptr<double>(), mean.const_data_ptr<double>() + mean.numel()};
}

/// {"value", "standard_error", "examples"}, or null where the posteriors know the densities of
/// their own draws only, and of a single example.
Json information_of(TrainedRun& run,
                    const Dataset& dataset,
                    const std::string& split,
                    std::vector<std::int64_t> rows) {
  if (rows.size() < 2) return nullptr;  // with a single example there is none to be told from
  if (run.modules.model->sites().size() > 1) return nullptr;  // their joint density is not at hand
  const c10::InferenceMode inference;
  const auto posterior_of = [&] {
    return only_distribution(
        *run.modules.guide, dataset.batch(split, rows, /*epoch=*/0), run.modules.model->sites());
  };
  const auto shorten = [&rows, &run](std::size_t most) {
    if (rows.size() <= most) return;
    std::vector<std::int64_t> some;
    for (const std::int64_t i : choose_rows(
             static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(most), run.seed))
      some.push_back(rows[static_cast<std::size_t>(i)]);
    rows = std::move(some);
  };
  shorten(kInformed);
  DistributionPtr posterior = posterior_of();
  if (!posterior->traits().scores_any_value || posterior->batch_shape().size() != 1) return nullptr;
  const bool by_inverse = posterior->traits().knows_density_of_draws;
  if (by_inverse && rows.size() > kInformedByInverse) {
    shorten(kInformedByInverse);
    posterior = posterior_of();
  }
  const std::vector<double> each =
      mutual_information(*posterior, rows, by_inverse ? 1 : kInformedDraws, run.seed);
  if (each.empty()) return nullptr;
  Json out = value_and_error(each);
  out["examples"] = each.size();
  return out;
}

double quantile(std::vector<double> sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Json sample_sizes(const std::vector<ExampleEstimate>& examples) {
  std::vector<double> sizes;
  for (const auto& example : examples)
    if (!std::isnan(example.effective_sample_size)) sizes.push_back(example.effective_sample_size);
  if (sizes.empty()) return {{"mean", nullptr}, {"median", nullptr}, {"lowest_twentieth", nullptr}};
  std::sort(sizes.begin(), sizes.end());
  return {{"mean", mean_of(sizes, [](double size) { return size; }).value},
          {"median", quantile(sizes, 0.5)},
          {"lowest_twentieth", quantile(sizes, 0.05)}};
}

/// Vehtari et al., 2024, arXiv:1507.02646, section 3.2.3: below 0.5 reliable, to 0.7 usable, above
/// not; from 1 on the weights have no mean.
Json shapes(const std::vector<std::int64_t>& rows, const std::vector<ExampleEstimate>& examples) {
  std::vector<double> known;
  std::vector<std::pair<double, std::int64_t>> worst;
  for (std::size_t i = 0; i < examples.size(); ++i)
    if (!std::isnan(examples[i].pareto_k)) {  // equal weights have the shape minus infinity
      known.push_back(examples[i].pareto_k);
      worst.emplace_back(-examples[i].pareto_k, rows[i]);
    }
  if (known.empty()) return nullptr;
  const auto share_up_to = [&known](double most) {
    const auto count =
        std::count_if(known.begin(), known.end(), [most](double k) { return k <= most; });
    return static_cast<double>(count) / static_cast<double>(known.size());
  };
  std::sort(worst.begin(), worst.end());
  Json list = Json::array();
  for (std::size_t i = 0; i < std::min(kWorst, worst.size()); ++i)
    if (std::isfinite(worst[i].first))
      list.push_back({{"index", worst[i].second}, {"k", -worst[i].first}});
  Json out = {{"bands",
               {{"up_to_0.5", share_up_to(0.5)},
                {"0.5_to_0.7", share_up_to(0.7) - share_up_to(0.5)},
                {"0.7_to_1", share_up_to(1) - share_up_to(0.7)},
                {"above_1", 1 - share_up_to(1)}}},
              {"histogram", histogram(known, -0.5, 0.1, 25)},
              {"worst", list}};
  if (known.size() < examples.size()) out["undefined"] = examples.size() - known.size();
  return out;
}

/// What the KL and the means say of the latent units.
void add_units(Json& out, std::vector<double> kl, const Json& summary) {
  out["kl"] = summary.at("kl");
  if (!summary.contains("active_units")) return;
  out["units"] = summary.at("mean_variance_per_unit").size();
  out["active_units"] = summary.at("active_units");
  std::sort(kl.rbegin(), kl.rend());
  if (!kl.empty()) out["kl_per_unit"] = kl;
}

/// What the latents as a whole say.
void add_collapse(Json& out, const Json& information) {
  if (!information.is_null()) out["mutual_information"] = information;
  // How a unit varies over a handful of examples says little.
  if (!out.contains("units") || out["examples"].get<std::int64_t>() < kFewExamples ||
      out["active_units"].is_null())
    return;
  SayingOfLatents saying;
  saying.kl = out["kl"]["value"].get<double>();
  saying.units = out["units"].get<std::int64_t>();
  saying.active_units = out["active_units"].get<std::int64_t>();
  if (!information.is_null()) saying.mutual_information = information.at("value").get<double>();
  const std::string collapse = collapse_of(saying);
  if (!collapse.empty()) out["collapse"] = collapse;
}

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.0f %%", 100 * share);
  return text;
}

/// What the run is, as far as advice depends on it.
struct Advised {
  bool has_floors;  ///< its objective takes beta and free bits
  bool has_sizes;   ///< its latents are numbers, any number of them
  bool is_target;
};

/// What a posterior that says nothing is.
std::string empty_posterior(const Json& found) {
  const double kl = found.at("kl").at("value").get<double>();
  if (kl < kCollapsed) return "the posterior is the prior";
  char text[120];
  std::snprintf(text,
                sizeof text,
                "the posterior is nearly the same for all examples, though not the prior (KL %.3g "
                "nats)",
                kl);
  return text;
}

std::string collapse_advice(const Json& found, const Advised& run) {
  const std::string collapse = found.value("collapse", "none");
  const std::string floors = run.has_floors ? "" : ", which are keys of the objective elbo";
  if (collapse == "full")
    return empty_posterior(found) +
           ": the latents say nothing of the data. Train anew with a KL "
           "warm-up, objective.beta={type: linear, from: 0.0, to: 1.0, over_epochs: 50}, or with "
           "objective.free_bits=0.1" +
           floors + "; a smaller learning rate or a weaker decoder helps too";
  if (collapse != "partial") return "";
  const auto active = found.at("active_units").get<std::int64_t>(),
             units = found.at("units").get<std::int64_t>();
  return std::to_string(units - active) + " of " + std::to_string(units) + " units are unused. " +
         (run.has_sizes ? "If the bound is what you want, model.latent_size=" +
                              std::to_string(active) + " costs less and says the same. "
                        : "") +
         "To put more of them to work, train anew with objective.free_bits=0.05 or a KL warm-up" +
         floors + ", and compare the NLL";
}

std::string tail_advice(const Json& found, const Advised& run) {
  if (!found.contains("pareto_k")) return "";
  const Json& bands = found.at("pareto_k").at("bands");
  const double high = bands.at("0.7_to_1").get<double>() + bands.at("above_1").get<double>();
  if (high <= 0.1) return "";
  return "the importance weights of " + percent(high) +
         " of the examples have tails too heavy to trust (Pareto k above 0.7): their NLL is biased "
         "upward, and compares at equal --particles only. More particles" +
         (run.is_target ? "" : ", elbow eval --refine-steps 50") +
         " or a richer posterior (guide.flows, full_rank_normal) help";
}

}  // namespace

std::string collapse_of(const SayingOfLatents& saying) {
  // The KL is the mutual information and more.
  const double information = saying.mutual_information.value_or(saying.kl);
  if (information < kCollapsed) return "full";
  if (saying.active_units == 0) return saying.mutual_information ? "none" : "";
  return 2 * saying.active_units < saying.units ? "partial" : "none";
}

Json histogram(const std::vector<double>& values, double first, double width, std::size_t bins) {
  std::vector<std::int64_t> counts(bins, 0);
  for (const double value : values) {
    const double place = std::floor((value - first) / width);
    ++counts[static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(bins) - 1))];
  }
  return {{"first", first}, {"width", width}, {"counts", counts}};
}

PosteriorStudy study_posterior(TrainedRun& run,
                               const Dataset& dataset,
                               const PosteriorStudyOptions& options) {
  need_split(dataset, options.split);
  PosteriorStudy out;
  Evaluation& evaluation = out.evaluation;
  evaluation.rows = choose_rows(dataset.size(options.split), options.limit, run.seed);
  evaluation.examples = importance_estimates(*run.modules.model,
                                             *run.modules.guide,
                                             dataset,
                                             options.split,
                                             evaluation.rows,
                                             options.importance);
  use_file_units(run.units(), dataset, options.split, options.importance.batch_size, evaluation);
  const Json summary = summarise(evaluation.examples,
                                 options.importance.particles,
                                 /*dimensions=*/0,
                                 prior_variances(*run.modules.model, options.importance.seed));
  const bool is_target = run.modules.model->target() != nullptr;
  Json& found = out.summary;
  found = {{"split", options.split},
           {"examples", evaluation.rows.size()},
           {"particles", options.importance.particles}};
  // Of a target log q - log p is known but for the normaliser: elbow eval says the KL where it can.
  if (!is_target) {
    add_units(
        found,
        kl_per_unit(run, dataset, options.split, evaluation.rows, options.importance.batch_size),
        summary);
    add_collapse(found, information_of(run, dataset, options.split, evaluation.rows));
  }
  found["effective_sample_size"] = sample_sizes(evaluation.examples);
  Json tails = shapes(evaluation.rows, evaluation.examples);
  if (!tails.is_null()) found["pareto_k"] = std::move(tails);
  const Json& config = run.config.value;
  const Advised advised{config.at("objective").contains("free_bits"),
                        config.at("model").contains("latent_size") &&
                            config.at("guide").at("posterior").at("type") != "categorical",
                        is_target};
  found["advice"] = Json::array();
  for (const std::string& line : {collapse_advice(found, advised), tail_advice(found, advised)})
    if (!line.empty()) found["advice"].push_back(line);
  return out;
}

}  // namespace elbow
