#pragma once

#include <string>
#include <vector>

#include "elbow/runs/evaluate/trained_run.h"

namespace elbow {

/// Where draws of a posterior come from: what their errors follow from.
enum class DrawKind {
  independent,  ///< of a guide
  chains,       ///< states of Markov chains
  particles,    ///< points that hold each other apart: they have no sampling error
};

/// Draws of the latents that all examples share, on their own supports.
struct LatentDraws {
  DrawKind kind = DrawKind::independent;
  std::vector<std::string> names;  ///< Q quantities: "theta[1]", "tau"
  Tensor values;                   ///< [C, S, Q] float64 on the CPU; C is 1 but for chains
  /// What stands beside each draw of a chain, or of a guide of a target, lp__ first (ln p of the
  /// unconstrained numbers): [C, S, columns]; undefined for others.
  std::vector<std::string> statistic_names;
  Tensor statistics;

  bool is_resampled = false;  ///< by importance weights: some come several times
  /// Of resampled draws: as many independent ones have the same errors, those of the weights
  /// included.
  double effective_draws = 0;
  bool is_thinned = false;  ///< neighbours are further apart than an iteration
  /// ln of the target over q at the draws of a guide, [S] float64; undefined where it is not known.
  Tensor log_weights;

  std::int64_t num_chains() const { return values.size(0); }
  std::int64_t num_draws() const { return values.size(1); }  ///< of each chain
  /// One quantity, [C, S].
  Tensor of(std::size_t quantity) const {
    return values.select(2, static_cast<std::int64_t>(quantity));
  }
};

/// Of importance weights, those of LatentDraws among them.
double pareto_k_of(const Tensor& log_weights);

/// A fit whose latents can be drawn without an example.
class PosteriorSource {
 public:
  virtual ~PosteriorSource() = default;
  /// @param count draws; 0: as many as there are, or 4,000 of a guide. Of chains and particles some
  /// are taken, evenly. @throws UsageError for more than there are
  virtual LatentDraws posterior_draws(std::int64_t count, std::uint64_t seed) = 0;
};

/// Draws of a guide turned into draws of its target: taken again with Pareto-smoothed importance
/// weights, by systematic resampling. They are right where Pareto k is below 0.7.
/// @param draws many more than `count`, with log_weights @throws UsageError without these
LatentDraws importance_resampled(const LatentDraws& draws, std::int64_t count, std::uint64_t seed);

/// What is said of one quantity. Errors and diagnostics are NaN where they have no meaning.
struct QuantitySummary {
  std::string name;
  double mean, mcse, sd, mcse_sd, q5, q50, q95, bulk_ess, tail_ess, r_hat;
};

std::vector<QuantitySummary> summarise_draws(const LatentDraws& draws);
QuantitySummary summarise_quantity(const LatentDraws& draws, std::size_t quantity);

/// What is said of chains together: {"divergent", "depth_at_limit", "e_bfmi": [C], "stuck": [...]};
/// an empty object for others.
Json chain_facts(const LatentDraws& draws, std::int64_t max_depth);

/// One quantity's draws of an approximation against those of a yardstick. Errors are Monte-Carlo
/// standard errors of what stands before them, by leaving out a tenth of the draws at a time; NaN
/// of particles.
struct QuantityComparison {
  std::string name;
  double shift, shift_error;              ///< difference of the means in sds of the yardstick
  double sd_ratio, sd_ratio_error;        ///< of the standard deviations
  double wasserstein, wasserstein_error;  ///< 1-Wasserstein distance in sds of the yardstick
};

QuantityComparison compare_quantity(const LatentDraws& yardstick,
                                    std::size_t quantity,
                                    const LatentDraws& other,
                                    std::size_t other_quantity);

/// Draws as CmdStan writes them, a file for each chain: comments with the configuration, a header
/// with lp__ first and indices behind dots ("theta.1"), a line for each draw.
/// @param chain from 0
std::string cmdstan_csv(const LatentDraws& draws,
                        std::int64_t chain,
                        const std::string& model,
                        const Json& inference,
                        std::uint64_t seed);

/// The same as NumPy's .npz: an array [C, S] for each quantity and statistic.
std::string draws_npz(const LatentDraws& draws);

}  // namespace elbow
