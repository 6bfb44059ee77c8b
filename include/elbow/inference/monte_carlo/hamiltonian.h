#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "elbow/inference/monte_carlo/chain_noise.h"

namespace elbow {

using at::Tensor;

/// ln of an unnormalised density at C points and its gradient. @param points [C, U] float64
struct DensityAt {
  Tensor value;     ///< [C] float64
  Tensor gradient;  ///< [C, U] float64
};
using LogDensity = std::function<DensityAt(const Tensor& points)>;

/// A point with what is known of it.
struct ChainPoint {
  std::vector<double> position, gradient;
  double log_density = 0;
};

/// The inverse of the mass matrix, which had better be the target's covariance: of each coordinate,
/// or of all together.
class MassMatrix {
 public:
  /// The identity.
  explicit MassMatrix(std::int64_t size);
  /// @param variances [U], above 0
  static MassMatrix diagonal(std::vector<double> variances);
  /// @param covariance [U, U], positive definite
  static MassMatrix dense(const Tensor& covariance);

  std::int64_t size() const { return size_; }
  /// A momentum of N(0, M).
  std::vector<double> draw(ChainNoise& noise) const;
  /// M^-1 p.
  std::vector<double> velocity(const std::vector<double>& momentum) const;
  /// p' M^-1 p / 2.
  double kinetic(const std::vector<double>& momentum) const;
  /// [U], or [U, U]: the inverse of M.
  Tensor inverse() const;

 private:
  std::int64_t size_;
  bool is_dense_ = false;
  std::vector<double> inverse_;  ///< [U], or [U, U] row by row
  std::vector<double> factor_;   ///< dense: lower triangular L with L L' = M^-1
};

/// What one iteration of a chain did.
struct Transition {
  double acceptance = 0;  ///< mean of min(1, exp(H_0 - H)) over its points
  double energy = 0;      ///< H at the point that the chain went to
  std::int64_t num_leapfrog = 0, depth = 0;
  bool is_divergent = false;  ///< H rose by more than 1000
};

/// The steps of one iteration of a chain, one evaluation of the density after the other, so that
/// many chains can be evaluated together.
class Trajectory {
 public:
  virtual ~Trajectory() = default;
  virtual bool is_over() const = 0;
  /// Where the density is wanted next.
  virtual const std::vector<double>& wanted() = 0;
  /// @param gradient [U]
  virtual void take(double log_density, const double* gradient) = 0;
  /// Once it is over.
  virtual const ChainPoint& end() const = 0;
  virtual Transition transition() const = 0;
};

/// A point that moves by leapfrog steps.
class LeapfrogPoint {
 public:
  LeapfrogPoint(ChainPoint point, std::vector<double> momentum);
  const ChainPoint& point() const { return point_; }
  const std::vector<double>& momentum() const { return momentum_; }
  /// Half a kick and the drift: where the density is wanted. @param step negative: backwards
  const std::vector<double>& drift(double step, const MassMatrix& mass);
  /// The other half of the kick, with what was found there.
  void kick(double step, double log_density, const double* gradient);
  /// -ln p + kinetic energy; +infinity where it is not a number.
  double energy(const MassMatrix& mass) const;

 private:
  ChainPoint point_;
  std::vector<double> momentum_;
};

}  // namespace elbow
