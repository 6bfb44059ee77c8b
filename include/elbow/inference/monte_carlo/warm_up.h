#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "elbow/inference/monte_carlo/hamiltonian.h"

namespace elbow {

/// Tensors by name, as states are stored.
using NamedState = std::vector<std::pair<std::string, Tensor>>;

/// The leapfrog's step that has a mean acceptance near a target: ln of the step follows the mean
/// error of all iterations, and the step that is kept is an average.
///
/// Nesterov, 2009; Hoffman, Gelman, 2014, arXiv:1111.4246, section 3.2, with its constants.
class DualAveraging {
 public:
  explicit DualAveraging(double target) : target_(target) {}
  /// Begins anew around a step.
  void restart(double step);
  /// After an iteration. @param acceptance in [0, 1]
  void update(double acceptance);
  /// While it adapts.
  double step() const { return std::exp(log_step_); }
  /// Once it has.
  double averaged() const { return count_ == 0 ? step() : std::exp(log_average_); }
  Tensor state() const;
  void load(const Tensor& state);

 private:
  double target_, centre_ = 0, log_step_ = 0, log_average_ = 0, error_ = 0, count_ = 0;
};

/// Mean and covariance of what has been seen, of each coordinate or of all together.
/// Welford, 1962.
class RunningCovariance {
 public:
  RunningCovariance(std::int64_t size, bool is_dense);
  void add(const std::vector<double>& point);
  void clear();
  double count() const { return count_; }
  /// Shrunk towards a small multiple of the identity, as few points know little:
  /// n / (n + 5) C + 1e-3 5 / (n + 5) I. Stan reference manual, "Adaptation of the metric".
  MassMatrix mass() const;
  NamedState state() const;
  void load(const NamedState& state);

 private:
  bool is_dense_;
  double count_ = 0;
  Tensor mean_, moments_;  ///< [U], and sums of squares [U] or of products [U, U]
};

/// What happens at which iteration of the warm-up: at first the step alone is adapted, then the
/// mass matrix too, at the ends of windows that double in length, then the step alone again.
///
/// Stan reference manual, "Automatic parameter tuning"; of a short warm-up 15, 75 and 10 %.
class WarmUpPlan {
 public:
  explicit WarmUpPlan(std::int64_t num_warmup);
  /// Whether the draw of this iteration counts for the mass matrix.
  bool is_in_window(std::int64_t iteration) const;
  /// Whether a window ends with it.
  bool ends_window(std::int64_t iteration) const;

 private:
  std::int64_t first_, end_;
  std::vector<std::int64_t> ends_;  ///< last iterations of the windows
};

}  // namespace elbow
