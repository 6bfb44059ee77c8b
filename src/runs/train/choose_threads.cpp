#include <ATen/Parallel.h>

#include <algorithm>
#include <thread>

#include "elbow/foundations/core/timing.h"
#include "elbow/runs/train/trainer.h"

namespace elbow {

namespace {

double median_step_seconds(Inference& inference,
                           const MicroBatches& micro_batches,
                           const Clock& clock) {
  constexpr int kWarmUp = 3, kTimed = 17;
  std::vector<double> times;
  for (int i = 0; i < kWarmUp + kTimed; ++i) {
    const auto begin = SteadyClock::now();
    const StepReport report = inference.step(micro_batches, clock);
    report.found_non_finite.item<float>();  // waits for the device
    if (i >= kWarmUp) times.push_back(seconds_between(begin, SteadyClock::now()));
    // Large models: three steps tell enough.
    if (i == kWarmUp + 2 && times.front() > 0.1) break;
  }
  std::nth_element(
      times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return times[times.size() / 2];
}

}  // namespace

MicroBatches trial_micro_batches(const TrainerOptions& options, const Dataset& dataset) {
  const std::int64_t batch = std::min(options.batch_size, dataset.size("train"));
  const std::int64_t count =
      std::min((batch + options.accumulate - 1) / options.accumulate, dataset.most_rows_at_once());
  return std::vector<Batch>{dataset.batch("train", row_range(0, count), /*epoch=*/1)};
}

int choose_threads(Inference& inference, const MicroBatches& micro_batches, const Clock& clock) {
  const int available = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  if (available == 1) return 1;
  const InferenceState before = inference.state();
  int best = 1;
  double best_seconds = 0;
  // What waking a second thread takes, some 10 us for each parallel loop, is no small part of it.
  constexpr double kSmallStep = 5e-4;
  for (int threads = 1; threads <= available;
       threads = threads < available ? std::min(2 * threads, available) : available + 1) {
    at::set_num_threads(threads);
    const double seconds = median_step_seconds(inference, micro_batches, clock);
    // A further thread must pay: 5 % guards against a choice by noise.
    if (best_seconds == 0 || seconds < 0.95 * best_seconds) {
      best = threads;
      best_seconds = seconds;
    }
    inference.load(before, "the thread trial");
    if (best_seconds < kSmallStep) break;
  }
  at::set_num_threads(best);
  return best;
}

}  // namespace elbow
