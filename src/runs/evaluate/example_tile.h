#pragma once

#include <vector>

#include "draw_spread.h"
#include "elbow/runs/evaluate/importance.h"
#include "elbow/runs/evaluate/weight_statistics.h"

namespace elbow {

/// Examples and particles that are computed together. Noise is keyed by both, so that no draw
/// depends on the size.
struct TileSize {
  std::int64_t examples = 16, particles = 16;
};
/// What fits a core's cache on the CPU; on a device as many as fill it, within some hundred MiB.
/// @param x [B, event...]
TileSize tile_size_for(const Tensor& x);

/// The importance estimates of a few examples: their posterior, and its draws by tiles of fixed
/// shape. Keeps references.
class ExampleTile {
 public:
  /// @param batch the examples of a tile @param num_particles of a tile
  ExampleTile(GenerativeModel& model,
              Guide& guide,
              Batch batch,
              const ImportanceOptions& options,
              std::int64_t num_particles);
  /// @param valid how many of the examples are no padding: `out` gets that many
  void run(std::int64_t valid, ExampleEstimate* out);
  /// Seconds of a tile of particles, from the second of two: the first one warms up.
  double seconds_of_a_tile() const;

 private:
  /// log p(x | z), log p(z) - log q(z | x) and |log p(z)| + |log q(z | x)| for a tile of particles,
  /// each [particles, examples] on the CPU, float64.
  struct Terms {
    Tensor reconstruction, log_ratio, size_of_ratio;
  };
  Terms tile(std::int64_t first_particle) const;
  /// By how much rounding may move a log weight. It is a sum over data and latents, whose terms are
  /// of the size of 1 even where they cancel. The factor leaves room for what networks add; weights
  /// that differ by so little differ in no digit that is printed.
  double rounding_of(double size_of_parts) const;
  void finish(std::int64_t valid,
              const std::vector<WeightStatistics>& weights,
              const std::vector<double>& sum,
              const std::vector<double>& sum_ratio,
              const std::vector<DrawSpread>& spreads,
              const Tensor& closed_kl,
              ExampleEstimate* out) const;

  /// What a tile's draws say, before they are on the CPU: log p(x | z), log p(z), log q(z | x).
  struct LogDensities {
    Tensor reconstruction, prior, posterior;
  };
  LogDensities decoded(RandomSource& source) const;
  LogDensities traced(RandomSource& source) const;
  Tensor posterior_location() const;
  /// From a few relaxed draws, [examples] on the CPU, float64; undefined where there are
  /// none, or where they are those of the discrete latents.
  Tensor relaxed_elbo() const;

  GenerativeModel& model_;
  Batch batch_;
  std::vector<SiteSpec> sites_;
  const ImportanceOptions& options_;
  std::int64_t num_particles_;
  ConditionedGuidePtr guide_;
  ConditionedGuidePtr relaxed_;  ///< null where nothing is relaxed
  bool is_soft_ = false;
  DistributionPtr
      posterior_;  ///< of the only latent; null where there are several, or it has no closed form
  DistributionPtr prior_;  ///< of one that is decoded; else null
  double num_terms_, epsilon_;
};

}  // namespace elbow
