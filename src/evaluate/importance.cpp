#include "elbow/evaluate/importance.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <functional>
#include <limits>
#include <mutex>
#include <thread>

#include "elbow/core/error.h"
#include "elbow/core/timing.h"
#include "elbow/distributions/kl.h"
#include "elbow/evaluate/weight_statistics.h"
#include "elbow/evaluate/work_ahead.h"
#include "elbow/io/room.h"
#include "elbow/models/decoder.h"
#include "elbow/targets/target.h"

namespace elbow {

namespace {

constexpr std::int64_t kTileExamples = 16, kTileParticles = 16;

/// log p(x | z), log p(z) - log q(z | x) and |log p(z)| + |log q(z | x)| for a tile of particles,
/// each [kTileParticles, kTileExamples] on the CPU, float64.
struct TileTerms {
  Tensor reconstruction, log_ratio, size_of_ratio;
};

/// The variance of a mean, from deviations about the first draw: squares about 0 lose what is small
/// beside them, and an error that is known would be 0.
class Spread {
 public:
  void add(double value) {
    if (count_++ == 0) first_ = value;
    sum_ += value - first_;
    squares_ += (value - first_) * (value - first_);
  }
  double variance_of_mean() const {
    const double count = static_cast<double>(count_), mean = sum_ / count;
    const double variance = squares_ / count - mean * mean;
    // max(0, NaN) would be 0.
    return count_ > 1 && std::isfinite(variance) ? std::max(0.0, variance) / (count - 1)
                                                 : std::numeric_limits<double>::quiet_NaN();
  }

 private:
  std::int64_t count_ = 0;
  double first_ = 0, sum_ = 0, squares_ = 0;
};

double machine_epsilon(at::ScalarType type) {
  return type == at::kDouble ? std::numeric_limits<double>::epsilon()
                             : std::numeric_limits<float>::epsilon();
}

class ExampleTile {
 public:
  ExampleTile(GenerativeModel& model,
              Guide& guide,
              Batch batch,
              const ImportanceOptions& options)
      : model_(model),
        batch_(std::move(batch)),
        options_(options),
        posterior_(posterior_of(model, guide, batch_, options.refinement)),
        prior_(model.decoder() ? model.decoder()->prior() : nullptr),
        num_terms_(static_cast<double>(batch_.x.numel() / batch_.size() +
                                       num_latents(model.sites()))) {}

  void run(std::int64_t valid, ExampleEstimate* out) {
    std::vector<WeightStatistics> weights(static_cast<std::size_t>(valid),
                                          WeightStatistics(options_.particles));
    std::vector<double> sum(weights.size(), 0.0), sum_ratio(weights.size(), 0.0);
    std::vector<Spread> spreads(weights.size());
    const auto closed = prior_ ? kl_divergence(*posterior_, *prior_) : std::nullopt;
    const Tensor closed_kl = closed ? closed->to(at::kCPU, at::kDouble).contiguous() : Tensor();
    for (std::int64_t first = 0; first < options_.particles; first += kTileParticles) {
      const TileTerms terms = tile(first);
      const double* reconstruction = terms.reconstruction.const_data_ptr<double>();
      const double* ratio = terms.log_ratio.const_data_ptr<double>();
      const double* size = terms.size_of_ratio.const_data_ptr<double>();
      for (std::int64_t k = 0; k < std::min(kTileParticles, options_.particles - first); ++k)
        for (std::int64_t b = 0; b < valid; ++b) {
          const auto i = static_cast<std::size_t>(b);
          const std::int64_t place = k * kTileExamples + b;
          const double r = reconstruction[place], d = ratio[place];
          const double term = closed ? r : r + d;  // what varies in the ELBO over draws
          sum[i] += r;
          sum_ratio[i] += d;
          spreads[i].add(term);
          weights[i].add(r + d, rounding_of(std::abs(r) + size[place]));
        }
    }
    finish(valid, weights, sum, sum_ratio, spreads, closed_kl, out);
  }

  /// Seconds of a tile of particles, from the second of two: the first one warms up.
  double seconds_of_a_tile() const {
    tile(0);
    const auto begin = SteadyClock::now();
    tile(0);
    return seconds_between(begin, SteadyClock::now());
  }

 private:
  TileTerms tile(std::int64_t first_particle) const {
    std::vector<std::int64_t> particles =
        row_range(first_particle, first_particle + kTileParticles);
    KeyedSource source(
        options_.seed, Purpose::evaluation_noise, batch_.indices, std::move(particles));
    const auto [z, log_q] = posterior_->sample_and_log_prob({kTileParticles}, source);
    const Tensor log_p = prior_ ? prior_->log_prob(z) : model_.target()->log_density(z);
    const Tensor reconstruction = prior_ ? model_.decoder()->decode(z)->log_prob(batch_.x)
                                         : at::zeros_like(log_q);
    const Tensor p = log_p.to(at::kCPU, at::kDouble), q = log_q.to(at::kCPU, at::kDouble);
    return {reconstruction.to(at::kCPU, at::kDouble).contiguous(),
            (p - q).contiguous(),
            (p.abs() + q.abs()).contiguous()};
  }

  /// By how much rounding may move a log weight. It is a sum over data and latents, whose terms are
  /// of the size of 1 even where they cancel. The factor leaves room for what networks add; weights
  /// that differ by so little differ in no digit that is printed.
  double rounding_of(double size_of_parts) const {
    constexpr double kFactor = 16;
    return kFactor * epsilon_ * (size_of_parts + num_terms_);
  }

  void finish(std::int64_t valid,
              const std::vector<WeightStatistics>& weights,
              const std::vector<double>& sum,
              const std::vector<double>& sum_ratio,
              const std::vector<Spread>& spreads,
              const Tensor& closed_kl,
              ExampleEstimate* out) const {
    const double count = static_cast<double>(options_.particles);
    const Tensor mean = posterior_->location().to(at::kCPU, at::kDouble).contiguous();
    for (std::int64_t b = 0; b < valid; ++b) {
      const auto i = static_cast<std::size_t>(b);
      ExampleEstimate& example = out[b];
      example.reconstruction = sum[i] / count;
      example.kl =
          closed_kl.defined() ? closed_kl.const_data_ptr<double>()[b] : -sum_ratio[i] / count;
      example.elbo = example.reconstruction - example.kl;
      example.elbo_variance = spreads[i].variance_of_mean();
      example.log_evidence = weights[i].log_mean();
      example.effective_sample_size = weights[i].effective_sample_size();
      const JackknifeOfLogMean left_out = weights[i].jackknife();
      example.log_evidence_variance = left_out.variance;
      example.log_evidence_bias = left_out.bias;
      example.pareto_k = weights[i].pareto_k();
      const std::int64_t units = mean.size(-1);
      example.posterior_mean.assign(mean.const_data_ptr<double>() + b * units,
                                    mean.const_data_ptr<double>() + (b + 1) * units);
    }
  }

  GenerativeModel& model_;
  Batch batch_;
  const ImportanceOptions& options_;
  DistributionPtr posterior_, prior_;  ///< no prior for a target
  double num_terms_;
  double epsilon_ = machine_epsilon(batch_.x.scalar_type());
};

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

double tiles_in(std::int64_t count, std::int64_t size) {
  return std::ceil(static_cast<double>(count) / static_cast<double>(size));
}

/// The rows of the first tile, the last of them again where there are too few.
std::vector<std::int64_t> first_tile(const std::vector<std::int64_t>& rows) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < static_cast<std::size_t>(kTileExamples); ++i)
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
  // Less than this takes minutes at most, whatever the model.
  constexpr double kFewTiles = 1e4;
  const double of_examples = tiles_in(static_cast<std::int64_t>(rows.size()), kTileExamples),
               of_particles = tiles_in(options.particles, kTileParticles);
  const std::int64_t steps = options.refinement.steps;
  if (of_examples * (of_particles + static_cast<double>(steps)) < kFewTiles) return;
  const std::vector<std::int64_t> tile_rows = first_tile(rows);
  const Batch batch = batch_of(dataset, split, tile_rows);
  const double at_once =
      batch.x.device().is_cpu() ? std::min(static_cast<double>(workers), of_examples) : 1;
  const std::string asked = std::to_string(options.particles) + " draws for each of " +
                            std::to_string(rows.size()) + " examples";
  io::check_memory(at_once * kTileExamples * WeightStatistics::bytes_for(options.particles),
                   "--particles: the largest weights of " + asked);
  double of_a_tile = 0, of_a_step = 0;
  run_jobs(1, 1, [&](std::int64_t) {
    ImportanceOptions few = options;
    few.refinement.steps = std::min<std::int64_t>(steps, 2);
    const auto begin = SteadyClock::now();
    const ExampleTile tile(model, guide, batch, few);
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
  const std::int64_t per_batch =
      std::max<std::int64_t>(1, (batch_size + kTileExamples - 1) / kTileExamples) * kTileExamples;
  for (std::int64_t begin = 0; begin < total; begin += per_batch) {
    std::vector<std::int64_t> chunk(rows.begin() + begin,
                                    rows.begin() + std::min(total, begin + per_batch));
    const std::int64_t valid = static_cast<std::int64_t>(chunk.size());
    // Padding repeats the last example; its results are thrown away.
    while (chunk.size() % kTileExamples != 0) chunk.push_back(chunk.back());
    const Batch batch = batch_of(dataset, split, chunk);
    const std::int64_t tiles = static_cast<std::int64_t>(chunk.size()) / kTileExamples;
    run_jobs(tiles, batch.x.device().is_cpu() ? workers : 1, [&](std::int64_t t) {
      const std::int64_t first = t * kTileExamples;
      ExampleTile tile(model, guide, batch.narrow(first, kTileExamples), options);
      tile.run(std::min(kTileExamples, valid - first), out.data() + begin + first);
    });
  }
  return out;
}

}  // namespace elbow
