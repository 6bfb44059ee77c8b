#include "elbow/runs/train/trainer.h"

#include <algorithm>
#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/profile_span.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/foundations/observe/signals.h"

namespace elbow {

namespace {

/// @param name empty: the primary one
Metric find_metric(const std::vector<Metric>& metrics, const std::string& name) {
  if (name.empty()) return metrics.front();
  std::string known;
  for (const Metric& metric : metrics) {
    if (metric.name == name) return metric;
    known += (known.empty() ? "" : ", ") + metric.name;
  }
  throw UsageError(
      "trainer.early_stopping.metric: this inference has no '" + name + "', but " + known,
      "set trainer.early_stopping.metric=auto");
}

/// The flag of each step is read at once on the CPU; elsewhere reading waits for the device, so
/// flags are read when the metrics are.
bool is_read_at_once(const Tensor& found) { return found.device().is_cpu(); }

}  // namespace

Trainer::Trainer(TrainerOptions options,
                 Inference& inference,
                 const Dataset& dataset,
                 RunRecorder& recorder,
                 Hooks hooks)
    : options_(std::move(options)),
      inference_(inference),
      primary_(inference.metrics().front()),
      judge_(find_metric(inference.metrics(), options_.metric)),
      dataset_(dataset),
      recorder_(recorder),
      hooks_(std::move(hooks)),
      volumes_(dataset),
      store_(recorder.directory().checkpoints()),
      nan_policy_(options_.nan_policy) {
  if (num_train() == 0) throw DataError("the training set is empty");
  state_.judge_by(judge_.name);
}

Clock Trainer::clock() const { return options_.clock_at(state_.step, num_train()); }

bool Trainer::is_finished() const {
  if (should_stop_early_ || inference_.has_converged()) return true;
  return options_.steps ? state_.step >= *options_.steps : state_.epoch > *options_.epochs;
}

double Trainer::elapsed() const {
  return seconds_before_ + seconds_between(start_, SteadyClock::now());
}

MicroBatches Trainer::micro_batches_at(std::int64_t epoch, std::int64_t position) const {
  const ProfileSpan rest(SpanKind::component, "rest"), span(SpanKind::part, "data order");
  const std::int64_t end = std::min(position + options_.batch_size, num_train());
  const Permutation order(
      options_.seed + static_cast<std::uint64_t>(state_.order_offset) * 0x100000001ull,
      static_cast<std::uint64_t>(epoch),
      num_train());
  const std::int64_t count = end - position;
  // A whole data set as one batch has no order worth drawing: in its own, sums are the same each
  // time. Nor have examples that are all alike.
  const bool is_in_order = count == num_train() || dataset_.are_alike();
  const std::int64_t micro_batch_size = std::min(
      (count + options_.accumulate - 1) / options_.accumulate, dataset_.most_rows_at_once());
  std::vector<std::vector<std::int64_t>> micro_batches;
  for (std::int64_t begin = position; begin < end; begin += micro_batch_size) {
    const std::int64_t last = std::min(begin + micro_batch_size, end);
    micro_batches.push_back(is_in_order ? row_range(begin, last) : order.range(begin, last));
  }
  return {std::move(micro_batches), [this, epoch](const std::vector<std::int64_t>& rows) {
            const ProfileSpan data(SpanKind::component, "data");
            return dataset_.batch("train", rows, epoch);
          }};
}

void Trainer::fit() {
  start_ = window_start_ = last_drawn_ = SteadyClock::now();
  seconds_before_ = state_.seconds;
  stop_if_asked();
  // A checkpoint from the first moment: a run can always be resumed, and a rollback always has
  // somewhere to go.
  if (store_.names().empty()) save(/*is_best=*/false);
  while (!is_finished()) {
    one_step();
    stop_if_asked();
  }
  drain_pending();
  const std::string ending = inference_.ending();
  if (inference_.has_converged())
    recorder_.line("converged at step " + std::to_string(state_.step) +
                   (ending.empty() ? "" : ": " + ending));
  else if (!ending.empty())
    recorder_.line("not converged at step " + std::to_string(state_.step) + ": " + ending);
  if (last_saved_step_ != state_.step) save(/*is_best=*/false);
  make_pictures();
  recorder_.flush();
  Json run = {{"metric", metric_json(primary_)},
              {"status", "completed"},
              {"step", state_.step},
              {"epoch", state_.epoch - (state_.position == 0 ? 1 : 0)},
              {"seconds", elapsed()}};
  if (!ending.empty()) run["ending"] = ending;
  run.update(last_of_training());
  recorder_.update_run(run);
}

std::int64_t Trainer::advance(std::int64_t count) {
  const std::int64_t before = state_.step;
  if (before == 0) start_ = window_start_ = last_drawn_ = SteadyClock::now();
  while (state_.step < before + count && !is_finished()) one_step();
  drain_pending();
  return state_.step - before;
}

void Trainer::one_step() {
  ProfileSpan span(SpanKind::step, "step");
  const auto begin = SteadyClock::now();
  const std::int64_t epoch = state_.epoch, position = state_.position;
  const MicroBatches micro_batches = micro_batches_at(epoch, position);
  const StepReport report = inference_.step(micro_batches, clock());
  ++state_.step;
  const std::int64_t count = micro_batches.num_examples();
  Pending pending{state_.step, report.found_non_finite, micro_batches.indices(), epoch, position};
  const bool at_once = is_read_at_once(report.found_non_finite);
  if (!at_once) pending.found = pending.found.clone();
  pending_.push_back(std::move(pending));
  state_.position += count;
  window_examples_ += count;
  sums_.add(report, volumes_.mean("train", pending_.back().rows));
  const std::int64_t step_before = state_.step;
  const bool epoch_ended = state_.position >= num_train();
  const bool is_recorded =
      epoch_ended || state_.step % options_.log_every_steps == 0 || inference_.has_converged();
  if (at_once || is_recorded) drain_pending();
  if (state_.step != step_before) return;  // rolled back
  if (step_times_.size() >= 101) step_times_.erase(step_times_.begin());
  step_times_.push_back(seconds_between(begin, SteadyClock::now()));
  if (is_recorded) write_train_record(report, micro_batches);
  show_progress(report);
  if (epoch_ended) {
    state_.position = 0;
    ++state_.epoch;
  }
  span.end();
  // The last step is always evaluated, before it is saved: best may be the end.
  bool improved = false;
  if (dataset_.has("valid") &&
      (is_finished() ||
       due(options_.evaluate_every_epochs, options_.evaluate_every_steps, epoch_ended)))
    improved = evaluate_validation();
  if (improved ||
      due(options_.checkpoint_every_epochs, options_.checkpoint_every_steps, epoch_ended))
    try_save(improved);
  if (epoch_ended && options_.images_every_epochs > 0 &&
      (state_.epoch - 1) % options_.images_every_epochs == 0 && !is_finished())
    make_pictures();
}

bool Trainer::due(std::optional<std::int64_t> every_epochs,
                  std::optional<std::int64_t> every_steps,
                  bool epoch_ended) const {
  if (every_epochs && epoch_ended && (state_.epoch - 1) % *every_epochs == 0) return true;
  return every_steps && state_.step % *every_steps == 0;
}

void Trainer::stop_if_asked() {
  const int signal = signals::stop_requested();
  const bool out_of_time =
      options_.max_time > 0 && elapsed() - seconds_before_ >= options_.max_time && !is_finished();
  if (signal == 0 && !out_of_time) return;
  drain_pending();
  if (last_saved_step_ != state_.step) save(/*is_best=*/false);
  recorder_.flush();
  recorder_.update_run({{"status", "preempted"}, {"step", state_.step}, {"seconds", elapsed()}});
  throw Stopped(out_of_time ? "stopped after --max-time; everything is saved"
                            : "stopped by a signal; everything is saved",
                hooks_.resume_command);
}

}  // namespace elbow
