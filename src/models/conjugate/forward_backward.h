#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace elbow {

constexpr double kLogZero = -std::numeric_limits<double>::infinity();

/// When the coordinate sweeps of a factorised q(z) end.
struct MeanFieldSweeps {
  std::int64_t most = 100;
  double tolerance = 1e-8;  ///< largest change of a probability in a sweep that ends them
};

/// What is found of one sequence, in nats.
struct ChainPosterior {
  double bound = 0;  ///< E[ln p(x, z)] + H[q(z)]: ln of the sum over all paths where q(z) is exact;
                     ///< -inf where no path is possible
  double entropy = 0;
};

/// A chain of K states with weights that need not add up to one: logarithms of probabilities, or
/// their expectations. Double pointers, no tensors, one sequence a call; O(T K^2).
///
/// Rabiner, "A tutorial on hidden Markov models and selected applications in speech recognition",
/// 1989, section III; Beal, "Variational algorithms for approximate Bayesian inference", 2003,
/// section 3.4.
class MarkovChain {
 public:
  /// @param log_initial [K] @param log_transition [K, K], row = from. At most 0; -inf: impossible
  MarkovChain(std::int64_t num_states, const double* log_initial, const double* log_transition);
  std::int64_t num_states() const { return size_; }

  /// The exact posterior; where no path is possible all its numbers are 0.
  /// @param score       [T, K] log weight of each step's observation in each state
  /// @param probability [T, K] out: q(z_t)
  /// @param pairs       [K, K] out: sum over t of q(z_t, z_{t+1}), row = from
  ChainPosterior forward_backward(std::int64_t length,
                                  const double* score,
                                  double* probability,
                                  double* pairs) const;
  /// ln of the sum over all paths.
  double log_normaliser(std::int64_t length, const double* score) const;
  /// The best q(z) = prod_t q(z_t) that coordinate ascent over t reaches. Ghahramani, Jordan,
  /// "Factorial hidden Markov models", 1997, section 3.4, with one chain.
  ///
  /// @param probability [T, K] in: where to begin, zeros where nothing is known; out: q(z_t)
  ChainPosterior mean_field(std::int64_t length,
                            const double* score,
                            const MeanFieldSweeps& sweeps,
                            double* probability,
                            double* pairs) const;
  /// The path of the largest weight; of equal ones the lower states. @param path [T] out
  void best_path(std::int64_t length, const double* score, double* path) const;

 private:
  /// A matrix of weights and its logarithms, side by side.
  struct Weights {
    std::vector<double> log, linear;
  };
  /// out_j = ln sum_i exp(log_v_i + weights.log_ji). @param scratch [K]
  void log_product(const Weights& weights, const double* log_v, double* scratch, double* out) const;
  /// @param log_filtered [T, K] out: ln p(z_t | x_1..t) @param log_step [T] out: ln p(x_t | x_<t)
  double forward(std::int64_t length,
                 const double* score,
                 double* log_filtered,
                 double* log_step) const;
  /// pairs += q(z_t, z_{t+1}). @param log_ahead [K] of t + 1: score + log backward - log step
  void add_pairs(const double* log_filtered, const double* log_ahead, double* pairs) const;
  double expected_log_weight(std::int64_t length,
                             const double* score,
                             const double* probability,
                             const double* pairs) const;
  bool sweep(std::int64_t length, const double* score, double tolerance, double* probability) const;
  void field_at(std::int64_t t,
                std::int64_t length,
                const double* score,
                const double* probability,
                double* field) const;

  std::int64_t size_;
  std::vector<double> log_initial_;
  Weights from_, to_;  ///< [K, K] by row = from and by row = to
};

}  // namespace elbow
