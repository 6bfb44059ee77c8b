#include "elbow/runs/evaluate/importance.h"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "elbow/foundations/core/timing.h"
#include "elbow/foundations/io/room.h"
#include "elbow/runs/evaluate/work_ahead.h"
#include "example_tile.h"

namespace elbow {

namespace {

/// Runs jobs 0..count-1 on `workers` threads, each computing with one thread only, so that a tile's
/// bits never depend on the machine.
void run_jobs(std::int64_t count,
              std::int64_t workers,
              const std::function<void(std::int64_t)>& job) {
  const int threads_before = at::get_num_threads();
  at::set_num_threads(1);
  std::atomic<std::int64_t> next{0};
  std::exception_ptr failure;
  std::mutex mutex;
  auto work = [&] {
    const c10::InferenceMode inference;
    for (std::int64_t i = next++; i < count; i = next++) {
      try {
        job(i);
      } catch (...) {
        const std::lock_guard<std::mutex> lock(mutex);
        failure = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::thread> pool;
  for (std::int64_t i = 0; i < std::min(workers, count); ++i) pool.emplace_back(work);
  for (auto& thread : pool) thread.join();
  at::set_num_threads(threads_before);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

TileSize tile_size_for(const Tensor& x) {
  if (x.is_cpu()) return {};
  // Networks keep some ten numbers for each of an example's: 2^22 of those are 170 MB in float32.
  constexpr std::int64_t kNumbers = std::int64_t{1} << 22, kMostExamples = 128, kMostParticles = 64;
  const std::int64_t pairs =
      std::max<std::int64_t>(256, kNumbers / std::max<std::int64_t>(1, x.numel() / x.size(0)));
  TileSize out;
  out.particles = std::min(kMostParticles, std::max<std::int64_t>(16, pairs / 16));
  out.examples = std::min(kMostExamples, std::max<std::int64_t>(1, pairs / out.particles));
  return out;
}

namespace {

double tiles_in(std::int64_t count, std::int64_t size) {
  return std::ceil(static_cast<double>(count) / static_cast<double>(size));
}

/// The rows of the first tile, the last of them again where there are too few.
std::vector<std::int64_t> first_tile(const std::vector<std::int64_t>& rows, std::int64_t count) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    out.push_back(rows[std::min(i, rows.size() - 1)]);
  return out;
}

Batch batch_of(const Dataset& dataset,
               const std::string& split,
               const std::vector<std::int64_t>& rows) {
  const c10::InferenceMode inference;
  return dataset.batch(split, rows, /*epoch=*/0);
}

/// The largest weights of the examples in flight have to fit, and the draws have to end.
void check_size(GenerativeModel& model,
                Guide& guide,
                const Dataset& dataset,
                const std::string& split,
                const std::vector<std::int64_t>& rows,
                const ImportanceOptions& options,
                std::int64_t workers) {
  const TileSize size = tile_size_for(batch_of(dataset, split, {rows.front()}).x);
  // Less than this takes minutes at most, whatever the model.
  constexpr double kFewTiles = 1e4;
  const double of_examples = tiles_in(static_cast<std::int64_t>(rows.size()), size.examples),
               of_particles = tiles_in(options.particles, size.particles);
  const std::int64_t steps = options.refinement.steps;
  if (of_examples * (of_particles + static_cast<double>(steps)) < kFewTiles) return;
  const std::vector<std::int64_t> tile_rows = first_tile(rows, size.examples);
  const Batch batch = batch_of(dataset, split, tile_rows);
  const double at_once =
      batch.x.device().is_cpu() ? std::min(static_cast<double>(workers), of_examples) : 1;
  const std::string asked = std::to_string(options.particles) + " draws for each of " +
                            std::to_string(rows.size()) + " examples";
  io::check_memory(
      at_once * static_cast<double>(size.examples) * WeightStatistics::bytes_for(options.particles),
      "--particles: the largest weights of " + asked);
  double of_a_tile = 0, of_a_step = 0;
  run_jobs(1, 1, [&](std::int64_t) {
    ImportanceOptions few = options;
    few.refinement.steps = std::min<std::int64_t>(steps, 2);
    const auto begin = SteadyClock::now();
    const ExampleTile tile(model, guide, batch, few, size.particles);
    of_a_step = seconds_between(begin, SteadyClock::now()) /
                std::max(1.0, static_cast<double>(few.refinement.steps));
    of_a_tile = tile.seconds_of_a_tile();
  });
  announce_work(of_a_tile * of_particles * of_examples / at_once, "--particles: " + asked);
  announce_work(of_a_step * static_cast<double>(steps) * of_examples / at_once,
                "--refine-steps: " + std::to_string(steps) + " steps for each of " +
                    std::to_string(rows.size()) + " examples");
}

}  // namespace

std::vector<ExampleEstimate> importance_estimates(GenerativeModel& model,
                                                  Guide& guide,
                                                  const Dataset& dataset,
                                                  const std::string& split,
                                                  const std::vector<std::int64_t>& rows,
                                                  const ImportanceOptions& options) {
  model.eval();
  guide.eval();
  const std::int64_t total = static_cast<std::int64_t>(rows.size());
  std::vector<ExampleEstimate> out(rows.size());
  // More threads than this would bring no speed, and may not be had.
  constexpr std::int64_t kMostWorkers = 1024;
  const std::int64_t wanted =
      options.tiles_in_flight > 0 ? options.tiles_in_flight : at::get_num_threads();
  const std::int64_t workers = std::min(wanted, kMostWorkers);
  if (rows.empty()) return out;
  const std::int64_t batch_size = std::min(options.batch_size, total);
  check_size(model, guide, dataset, split, rows, options, workers);
  const TileSize size = tile_size_for(batch_of(dataset, split, {rows.front()}).x);
  const std::int64_t per_batch =
      std::max<std::int64_t>(1, (batch_size + size.examples - 1) / size.examples) * size.examples;
  for (std::int64_t begin = 0; begin < total; begin += per_batch) {
    std::vector<std::int64_t> chunk(rows.begin() + begin,
                                    rows.begin() + std::min(total, begin + per_batch));
    const std::int64_t valid = static_cast<std::int64_t>(chunk.size());
    // Padding repeats the last example; its results are thrown away.
    while (chunk.size() % static_cast<std::size_t>(size.examples) != 0)
      chunk.push_back(chunk.back());
    const Batch batch = batch_of(dataset, split, chunk);
    const std::int64_t tiles = static_cast<std::int64_t>(chunk.size()) / size.examples;
    run_jobs(tiles, batch.x.device().is_cpu() ? workers : 1, [&](std::int64_t t) {
      const std::int64_t first = t * size.examples;
      ExampleTile tile(model, guide, batch.narrow(first, size.examples), options, size.particles);
      tile.run(std::min(size.examples, valid - first), out.data() + begin + first);
    });
  }
  return out;
}

}  // namespace elbow
