// TrainingSession: what its end says.
#include <algorithm>
#include <cstdio>

#include "cli/common/output.h"
#include "cli/trainer/posterior_output.h"
#include "cli/trainer/training_session.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/metric.h"
#include "elbow/foundations/io/json_file.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/inference/particles/point_guide.h"
#include "elbow/probability/targets/target.h"
#include "elbow/runs/evaluate/fitted_model.h"
#include "elbow/runs/evaluate/guide_quality.h"
#include "elbow/runs/evaluate/posterior_checks.h"
#include "elbow/runs/evaluate/posterior_record.h"

namespace elbow::cli {
namespace {

/// Where the parameters stand among what is drawn: all of it but where a target says otherwise.
std::vector<std::size_t> parameters_among(const LatentDraws& draws, const Target* target) {
  std::vector<std::size_t> out;
  const std::vector<TargetQuantity> known =
      target == nullptr ? std::vector<TargetQuantity>() : target->quantities();
  for (std::size_t i = 0; i < draws.names.size(); ++i)
    if (i >= known.size() || known[i].is_parameter) out.push_back(i);
  return out;
}

}  // namespace

/// Points that had no density are never left out without a word.
void TrainingSession::report_rejections(const Rejections& found, RunRecorder& recorder) {
  if (found.evaluated == 0) return;
  recorder.update_run({{"evaluated_points", found.evaluated}, {"rejected_points", found.rejected}});
  if (found.rejected > 0)
    log::warning(std::to_string(found.rejected) + " of " + std::to_string(found.evaluated) +
                 " points had no density; the first: " + found.first_reason);
}

std::vector<Finding> TrainingSession::give_verdict(RunRecorder& recorder,
                                                   const std::vector<Finding>& of_guide) const {
  auto findings = judge(ConfigNode(config_.value),
                        experiment_,
                        recorder.run().value("start", Json()),
                        options_.seed,
                        device_.device);
  findings.insert(findings.end(), of_guide.begin(), of_guide.end());
  for (const Finding& found : findings)
    if (!found.is_failure) log::warning(found.words + "; try: " + found.advice);
  recorder.update_run({{"verdict", verdict_json(findings)}});
  const bool has_failed = std::any_of(
      findings.begin(), findings.end(), [](const Finding& found) { return found.is_failure; });
  if (has_failed) recorder.update_run({{"status", "numerical_failure"}});
  return findings;
}

void TrainingSession::write_posterior(const RunDirectory& run) const {
  const FittedModelPtr fitted = fitted_model(ConfigNode(config_.value), experiment_.modules);
  if (fitted->posterior() == nullptr) return;
  try {
    const LatentDraws draws = fitted->posterior()->posterior_draws(/*count=*/0, options_.seed);
    Json record = posterior_record(draws, max_depth_of(config_));
    const Target* target =
        experiment_.modules.model ? experiment_.modules.model->target() : nullptr;
    record["pairs"] = pairs_record(draws, parameters_among(draws, target), options_.seed);
    if (target != nullptr) record["predictive"] = predictive_record(draws, target->replications());
    io::write_json(run.posterior(), record, false);
  } catch (const UsageError&) {
    // Splits side by side, or chains that have not begun: there is no one posterior to show.
  }
}

std::vector<Finding> TrainingSession::judge_guide(RunRecorder& recorder) const {
  const Modules& modules = experiment_.modules;
  const bool has_guide = modules.model && modules.model->target() != nullptr && modules.guide &&
                         dynamic_cast<PointGuide*>(&*modules.guide) == nullptr;
  if (!has_guide) return {};
  const GuideQuality quality = quality_of_guide(modules, options_.seed);
  recorder.update_run({{"guide_quality", json_of(quality)}});
  return findings_on(quality);
}

void TrainingSession::refuse_failure(const std::vector<Finding>& findings,
                                     const std::string& report) {
  for (const Finding& found : findings)
    if (found.is_failure)
      throw NumericalError(found.words + "; everything is saved", found.advice + "; see " + report);
}

/// The number that the training ends with: the best of the validation set, or without one the last
/// of the training itself.
std::string TrainingSession::last_number(const Json& summary) const {
  char text[160];
  if (summary.contains("best")) {
    const std::string unit = summary["best"].value("unit", "");
    std::snprintf(text,
                  sizeof text,
                  "best validation %s %.3f%s at step %lld\n",
                  summary["best"].value("label", "ELBO").c_str(),
                  summary["best"]["value"].get<double>(),
                  (unit.empty() ? "" : " " + unit).c_str(),
                  static_cast<long long>(summary["best"]["step"].get<std::int64_t>()));
    return text;
  }
  const Metric metric = metric_of(summary);
  if (!summary.contains("last") || !summary["last"][metric.name].is_number()) return "";
  const bool has_converged = experiment_.inference->has_converged();
  const std::string unit = metric.unit_of_mean();
  std::snprintf(text,
                sizeof text,
                "%s %s %.6g%s at step %lld%s\n",
                summary["last"].value("split", "train") == "valid" ? "validation" : "training",
                metric.label.c_str(),
                summary["last"][metric.name].get<double>(),
                (unit.empty() ? "" : " " + unit).c_str(),
                static_cast<long long>(summary["last"]["step"].get<std::int64_t>()),
                has_converged ? ", converged" : "");
  return text;
}

void TrainingSession::print_summary(const RunDirectory& run, std::int64_t step) const {
  const Json summary = run.read_run_json();
  if (line_.has("json"))
    print_event("completed",
                {{"run", run.path()},
                 {"step", step},
                 {"best", summary.value("best", Json(nullptr))},
                 {"last", summary.value("last", Json(nullptr))},
                 {"guide_quality", summary.value("guide_quality", Json(nullptr))},
                 {"verdict", summary.at("verdict").at("kind")}});
  else
    print(run.path() + "\n" + last_number(summary) +
          quality_text(summary.value("guide_quality", Json())));
}

}  // namespace elbow::cli
