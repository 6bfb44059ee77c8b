// Trainer: saving, restoring, and what follows a step that was not finite.
#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "elbow/data/dataset/large_data.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/profile_span.h"
#include "elbow/foundations/io/hash.h"
#include "elbow/foundations/io/json_file.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/runs/train/tensor_io.h"
#include "elbow/runs/train/trainer.h"

namespace elbow {

namespace {

constexpr int kFailedSavesInARow = 3;
/// Of the noise of steps on the CPU: 1 is LibTorch's generator, 2 Philox in vectors. A run keeps
/// the one that it began with, so that it ends in the same bytes whatever version goes on with it.
constexpr int kLibTorchNoise = 1, kNoiseVersion = 2;

Json parse_state(const std::string& text, const std::string& source) {
  const Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!value.is_object())
    throw DataError(source + ": state.json is not a JSON object", "use another checkpoint");
  return value;
}

}  // namespace

void Trainer::save(bool is_best) {
  drain_pending();
  if (last_saved_step_ == state_.step) return;  // draining may have rolled back to a checkpoint
  const ProfileSpan span(SpanKind::apart, "checkpoint");
  const auto begin = SteadyClock::now();
  state_.sums = sums_.read();
  recorder_.flush();
  state_.metrics_bytes = recorder_.metrics_bytes();
  state_.seconds = elapsed();
  const InferenceState tensors = inference_.state();
  Json numbers = state_.to_json();
  numbers["permutation_version"] = Permutation::kVersion;
  numbers["noise_version"] = old_noise_ ? kLibTorchNoise : kNoiseVersion;
  numbers["nan_policy"] = nan_policy_.to_json();
  numbers["facts"] = hooks_.facts;
  io::CheckpointFiles files;
  files["model.safetensors"] = encode_tensors(tensors.model, /*require_finite=*/true);
  files["optimizer.safetensors"] = encode_tensors(tensors.optimizer, /*require_finite=*/true);
  files["rng.safetensors"] = encode_tensors(tensors.random, /*require_finite=*/false);
  files["state.json"] = numbers.dump(2) + "\n";
  files["config.yaml"] = hooks_.config_yaml;
  const std::string name = store_.save(
      state_.step, files, {{"config_sha256", io::sha256_hex(hooks_.config_yaml)}}, is_best);
  last_saved_step_ = state_.step;
  failed_saves_ = 0;
  store_.retain(static_cast<int>(options_.keep), pinned_);
  Json run = {{"step", state_.step}, {"epoch", state_.epoch}, {"seconds", elapsed()}};
  run.update(last_of_training());
  recorder_.update_run(run);
  log::debug("saved " + name);
  window_start_ += SteadyClock::now() - begin;
}

void Trainer::try_save(bool is_best) {
  try {
    save(is_best);
  } catch (const IoError& error) {
    if (options_.stop_on_save_error || ++failed_saves_ >= kFailedSavesInARow) throw;
    log::warning(std::string(error.what()) +
                 "; training goes on and tries again at the next checkpoint");
  }
}

InferenceState inference_state(const io::LoadedCheckpoint& checkpoint) {
  InferenceState out;
  out.model =
      decode_tensors(checkpoint.file("model.safetensors"), checkpoint.name + "/model.safetensors");
  out.optimizer = decode_tensors(checkpoint.file("optimizer.safetensors"),
                                 checkpoint.name + "/optimizer.safetensors");
  out.random =
      decode_tensors(checkpoint.file("rng.safetensors"), checkpoint.name + "/rng.safetensors");
  return out;
}

void Trainer::restore(const io::LoadedCheckpoint& checkpoint) {
  const Json numbers = parse_state(checkpoint.file("state.json"), checkpoint.name);
  TrainerState state = TrainerState::from_json(numbers, checkpoint.name);
  if (numbers.value("permutation_version", 0) != Permutation::kVersion)
    throw DataError(checkpoint.name + ": made with another version of the data order",
                    "use the version of elbow that made it");
  const int noise = numbers.value("noise_version", kLibTorchNoise);
  if (noise > kNoiseVersion)
    throw DataError(checkpoint.name + ": made with a later version of the noise",
                    "use the version of elbow that made it");
  inference_.load(inference_state(checkpoint), checkpoint.name);
  old_noise_ = noise == kLibTorchNoise ? std::make_unique<LibTorchNoise>() : nullptr;
  state_ = state;
  state_.judge_by(judge_.name);
  if (!chooses_best()) {
    state_.best.reset();
    store_.forget_best();
  }
  nan_policy_.from_json(numbers.at("nan_policy"));
  inference_.set_retry(state_.order_offset, nan_policy_.rate_factor());
  sums_.restore(state_.sums);
  pending_.clear();
  step_times_.clear();
  last_saved_step_ = state_.step;
  last_evaluated_step_ = state_.best_step == state_.step && state_.best ? state_.step : -1;
  pinned_ = checkpoint.name;
  store_.set_aside_after(state_.step);
  // Killed between the files and the pointer, the best one was saved and not yet called so.
  if (state_.best && state_.best_step == state_.step && chooses_best())
    store_.mark_best(state_.step);
  if (options_.patience && state_.evaluations_without_gain >= *options_.patience)
    should_stop_early_ = true;
}

void Trainer::drain_pending() {
  if (pending_.empty()) return;
  std::vector<Tensor> flags;
  for (const Pending& pending : pending_) flags.push_back(pending.found);
  const bool is_one_here = flags.size() == 1 && flags.front().is_cpu();
  const Tensor read =
      is_one_here ? flags.front() : at::stack(flags).to(at::kCPU, at::kFloat).contiguous();
  const float* found = read.const_data_ptr<float>();
  while (!pending_.empty()) {
    const Pending pending = pending_.front();
    pending_.erase(pending_.begin());
    const bool was_finite = *found++ == 0.0f;
    if (!was_finite && inference_.repeats_exactly())
      give_up(pending, "the bound was not finite, or a factor left its space");
    switch (nan_policy_.observe(was_finite)) {
      case NanPolicy::Action::go_on:
        break;
      case NanPolicy::Action::skip:
        handle_non_finite(pending);
        break;
      case NanPolicy::Action::rollback:
        roll_back(pending);
        return;
      case NanPolicy::Action::give_up:
        give_up(pending, "the bound or its gradient was not finite");
    }
  }
}

void Trainer::handle_non_finite(const Pending& pending) {
  log::warning("step " + std::to_string(pending.step) +
               ": bound or gradient not finite; the update was skipped");
  Json events = recorder_.run().value("nan_events", Json::array());
  events.push_back({{"step", pending.step}, {"action", "skip"}});
  recorder_.update_run({{"nan_events", events}});
}

void Trainer::roll_back(const Pending& pending) {
  const int rollbacks = nan_policy_.rollbacks();
  const io::LoadedCheckpoint checkpoint = store_.load("latest");
  log::warning("step " + std::to_string(pending.step) + ": not finite " +
               std::to_string(NanPolicy::kSkipsInARow + 1) + " times in a row; back to " +
               checkpoint.name + " with the learning rate x " +
               std::to_string(nan_policy_.rate_factor()) + " and another data order");
  restore(checkpoint);
  nan_policy_.forget_skips();
  recorder_.restart(state_.metrics_bytes, state_.step + 1);
  state_.order_offset = rollbacks;
  inference_.set_retry(rollbacks, nan_policy_.rate_factor());
  Json events = recorder_.run().value("nan_events", Json::array());
  events.push_back({{"step", pending.step}, {"action", "rollback"}, {"to", checkpoint.step}});
  recorder_.update_run({{"nan_events", events}});
}

void Trainer::give_up(const Pending& pending, const std::string& why) {
  Clock at_step = clock();
  at_step.step = pending.step - 1;  // the one that the step was taken with
  Json report = {{"step", pending.step},
                 {"epoch", pending.epoch},
                 {"batch_indices", pending.rows},
                 {"why", why}};
  report["rollbacks"] = nan_policy_.rollbacks();
  const MicroBatches micro_batches = micro_batches_at(pending.epoch, pending.position);
  report["non_finite"] = inference_.explain_non_finite(micro_batches, at_step);
  for (std::size_t i = 0; i < micro_batches.size(); ++i)
    if (has_squares_that_overflow(micro_batches[i].x))
      report["non_finite"]["try"] = kRescaleLargeData;
  const std::string path = recorder_.directory().path() + "/nan_report.json";
  io::write_json(path, report, /*durable=*/true);
  Json events = recorder_.run().value("nan_events", Json::array());
  events.push_back({{"step", pending.step},
                    {"action", "give_up"},
                    {"term", report["non_finite"].value("first", "")}});
  recorder_.flush();
  recorder_.update_run(
      {{"status", "numerical_failure"}, {"step", state_.step}, {"nan_events", events}});
  const std::string advice = report["non_finite"].value("try", "");
  throw NumericalError("step " + std::to_string(pending.step) + ": " + why +
                           " (first: " + report["non_finite"].value("first", "unknown") +
                           "); the weights of the last checkpoint are intact",
                       (advice.empty() ? "" : advice + "; ") + "see " + path);
}

Json evaluate_split(Inference& inference,
                    const Dataset& dataset,
                    const std::string& split,
                    std::uint64_t seed) {
  constexpr std::int64_t kBatch = 500;
  const std::string metric = inference.metrics().front().name;
  const std::int64_t size = dataset.size(split);
  const std::vector<std::int64_t> draws = row_range(0, inference.num_evaluation_draws());
  std::vector<std::string> names;
  std::vector<double> sums;
  // About the first number: about 0, squares lose a spread that is small beside the bound.
  double first = 0, sum = 0, squares = 0;
  for (std::int64_t begin = 0; begin < size; begin += kBatch) {
    const Batch batch =
        dataset.batch(split, row_range(begin, std::min(size, begin + kBatch)), /*epoch=*/0);
    KeyedSource source(seed, Purpose::evaluation_noise, batch.indices, draws);
    const EvaluationTerms terms = inference.evaluate(batch, source);
    if (names.empty()) {
      for (const auto& term : terms) names.push_back(term.first);
      sums.assign(names.size(), 0.0);
    }
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const Tensor values = terms[i].second.to(at::kCPU, at::kDouble);
      sums[i] += values.sum().item<double>();
      if (names[i] != metric) continue;
      if (begin == 0) first = values.flatten()[0].item<double>();
      sum += (values - first).sum().item<double>();
      squares += (values - first).square().sum().item<double>();
    }
  }
  const double count = static_cast<double>(size);
  Json out = Json::object();
  for (std::size_t i = 0; i < names.size(); ++i) out[names[i]] = sums[i] / count;
  const double variance = (squares - sum / count * sum) / (count - 1);
  const bool is_known = size > 1 && std::isfinite(variance);
  out[metric + "_standard_error"] = is_known ? std::sqrt(std::max(0.0, variance) / count)
                                             : std::numeric_limits<double>::quiet_NaN();
  return out;
}

}  // namespace elbow
