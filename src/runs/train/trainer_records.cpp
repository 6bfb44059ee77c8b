// Trainer: what it records and shows.
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/profile_span.h"
#include "elbow/runs/train/trainer.h"

namespace elbow {

namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::nth_element(values.begin(),
                   values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

std::string two_decimals(double value) {
  if (!std::isfinite(value)) return "undefined";
  char text[400];  // %f of the largest double has 316 characters
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

}  // namespace

void Trainer::write_train_record(const StepReport& report, const MicroBatches& micro_batches) {
  const ProfileSpan rest(SpanKind::component, "rest"), span(SpanKind::whole, "records");
  const MetricSums read = sums_.read();
  Json record = {{"step", state_.step}, {"epoch", state_.epoch}, {"split", "train"}};
  for (const auto& [name, sum] : read.sums) {
    const double mean = sum / read.count;
    record[name] = read.count > 0 ? Json(mean) : Json(nullptr);
    if (name == primary_.name && read.count > 0) note_metric(mean);
  }
  Clock at_step = clock();
  --at_step.step;
  for (auto [name, mean] : inference_.terms_for_record(micro_batches, at_step)) {
    if (LogVolumes::changes(name)) mean -= volumes_.mean("train", micro_batches.indices());
    record[name] = mean;
    if (name == primary_.name) note_metric(mean);
  }
  for (const auto& [name, value] : inference_.schedule_values(at_step)) record[name] = value;
  if (report.kl_per_unit.defined())
    record["active_units"] = (report.kl_per_unit > 0.01).sum().item<std::int64_t>();
  const auto now = SteadyClock::now();
  const double window = seconds_between(window_start_, now);
  record["examples_per_second"] = window > 0 ? static_cast<double>(window_examples_) / window : 0.0;
  record["seconds"] = elapsed();
  recorder_.record(record);
  sums_.zero();
  window_examples_ = 0;
  window_start_ = now;
}

void Trainer::note_metric(double mean) {
  state_.last_metric = mean;
  recorded_step_ = state_.step;
}

/// One line for people, and run.json.
void Trainer::report_validation(const Json& values, double log_volume, bool improved) {
  const std::int64_t epoch = state_.position == 0 ? state_.epoch - 1 : state_.epoch;
  recorder_.line((options_.counts_iterations ? "" : "epoch " + std::to_string(epoch) + "  ") +
                 "step " + std::to_string(state_.step) + "  valid " + primary_.label + " " +
                 two_decimals(values.at(primary_.name)) + " +- " +
                 two_decimals(values.at(primary_.name + "_standard_error")) +
                 (primary_.unit.empty() ? "" : " " + primary_.unit) + (improved ? "  (best)" : ""));
  Json run = {
      {"step", state_.step},
      {"epoch", epoch},
      {"seconds", elapsed()},
      {"metric", metric_json(primary_)},
      {"last",
       {{primary_.name, values.at(primary_.name)}, {"step", state_.step}, {"split", "valid"}}}};
  if (state_.best)
    run["best"] = {{"metric", "valid/" + judge_.name},
                   {"label", judge_.label},
                   {"unit", judge_.unit},
                   {"value", shown_best(log_volume)},
                   {"step", state_.best_step}};
  recorder_.update_run(run);
}

bool Trainer::evaluate_validation() {
  const ProfileSpan span(SpanKind::apart, "validation");
  drain_pending();
  const auto begin = SteadyClock::now();
  const Json values = [this] {
    const auto weights = inference_.use_evaluated_weights();
    return evaluate_split(inference_, dataset_, "valid", options_.seed);
  }();
  Json record = {{"step", state_.step},
                 {"epoch", state_.position == 0 ? state_.epoch - 1 : state_.epoch},
                 {"split", "valid"}};
  // The state keeps the model's units; what people read is in those of their file.
  const double log_volume = volumes_.mean("valid");
  Json shown = values;
  for (auto& [name, mean] : shown.items())
    if (LogVolumes::changes(name)) mean = mean.get<double>() - log_volume;
  record.update(shown);
  record["seconds"] = elapsed();
  recorder_.record(record);
  last_evaluated_step_ = state_.step;
  const double value = values.at(judge_.name).get<double>();
  const bool improved = chooses_best() && std::isfinite(value) &&
                        (!state_.best || judge_.improves(value, *state_.best));
  if (improved) {
    state_.best = value;
    state_.best_step = state_.step;
    state_.evaluations_without_gain = 0;
  } else {
    ++state_.evaluations_without_gain;
  }
  report_validation(shown, log_volume, improved);
  if (options_.patience && state_.evaluations_without_gain >= *options_.patience) {
    should_stop_early_ = true;
    recorder_.line("early stopping: no gain in " + std::to_string(*options_.patience) +
                   " evaluations; best at step " + std::to_string(state_.best_step));
  }
  window_start_ += SteadyClock::now() - begin;
  return improved;
}

Json Trainer::last_of_training() const {
  if (dataset_.has("valid") || !state_.last_metric) return Json::object();
  const std::int64_t step = recorded_step_ >= 0 ? recorded_step_ : state_.step;
  return {{"last", {{primary_.name, *state_.last_metric}, {"step", step}, {"split", "train"}}}};
}

double Trainer::shown_best(double log_volume) const {
  return state_.best.value_or(0) - (LogVolumes::changes(judge_.name) ? log_volume : 0);
}

void Trainer::show_progress(const StepReport& report) {
  const ProfileSpan rest(SpanKind::component, "rest"), span(SpanKind::whole, "progress");
  const auto now = SteadyClock::now();
  if (seconds_between(last_drawn_, now) < 0.1) return;
  last_drawn_ = now;
  ProgressState progress;
  // Where each step is a pass over everything, passes and examples say nothing.
  progress.epoch = options_.counts_iterations ? 0 : state_.epoch;
  progress.epochs = options_.epochs.value_or(0);
  progress.step = state_.step;
  progress.steps = clock().total_steps;
  progress.label = primary_.label;
  progress.unit = primary_.unit;
  bool is_of_each_step = false;
  for (const auto& [name, mean] : report.means) {
    // Elsewhere than on the CPU reading would wait for the step.
    if (name != primary_.name || !mean.is_cpu()) continue;
    is_of_each_step = true;
    progress.value = mean.item<double>();
  }
  if (!is_of_each_step)
    progress.value = state_.last_metric.value_or(std::nan(""));  // what was recorded last
  else if (LogVolumes::changes(primary_.name))
    progress.value -= volumes_.mean("train");
  progress.has_best = state_.best.has_value();
  if (state_.best) progress.best = shown_best(volumes_.mean("valid"));
  progress.seconds_per_step = median(step_times_);
  if (progress.seconds_per_step > 0 && !options_.counts_iterations)
    progress.examples_per_second =
        static_cast<double>(options_.batch_size) / progress.seconds_per_step;
  recorder_.progress(progress);
}

void Trainer::make_pictures() {
  if (!hooks_.pictures) return;
  const ProfileSpan span(SpanKind::apart, "pictures");
  const auto begin = SteadyClock::now();
  const auto weights = inference_.use_evaluated_weights();
  recorder_.pictures(state_.step, hooks_.pictures(state_.step));
  window_start_ += SteadyClock::now() - begin;
}

}  // namespace elbow
