#pragma once

#include "elbow/inference/objectives/objective.h"

namespace elbow {

/// Thermodynamic variational objective: log p(x) is the integral over beta in [0, 1] of
/// E[log w] under pi_beta proportional to q^(1 - beta) p(x, z)^beta, which rises with beta; its
/// left Riemann sum is a lower bound, its right one an upper bound. Expectations under pi_beta are
/// self-normalised sums over the same K draws of q, so that both hold as K grows without end. One
/// interval of the left sum is the ELBO.
///
/// Masrani, Le, Wood, "The thermodynamic variational objective", 2019, arXiv:1907.00031, sections 3
/// and 4.
class Thermodynamic : public Objective {
 public:
  enum class Side { lower, upper };
  struct Options {
    std::int64_t num_particles = 10;
    std::int64_t num_intervals = 5;
    double first_beta = 0.025;  ///< beta_1; the others are spaced evenly in log beta up to 1
    Side side = Side::lower;
  };
  explicit Thermodynamic(const Options& options);
  static ComponentInfo info();
  static ObjectivePtr create(const ConfigNode& node);

  Tensor reduce(const Tensor& log_weights, const Tensor& log_masses = {}) const override;
  std::optional<WeightDerivatives> derivatives(const Tensor& log_weights) const override;

 private:
  /// Where the integrand is taken, and the length of its interval.
  struct Node {
    double beta, length;
  };
  std::vector<Node> nodes_;
};

}  // namespace elbow
