#pragma once

#include <cmath>

#include "elbow/inference/optim/flat_parameters.h"
#include "elbow/probability/targets/target.h"

namespace elbow {

/// The highest mode of a target that several starts lead to, and minus the Hessian there. A step is
/// one of a damped Newton method (Levenberg, Marquardt); the Hessian is of central differences of
/// exact gradients, all evaluated together. From each start it goes to the end, and then begins at
/// the next.
///
/// Nocedal, Wright, "Numerical Optimization", 2006, section 10.3.
class ModeSearch {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::int64_t num_starts = 1;
    double start_scale = 2;   ///< starts are uniform in (-scale, scale)
    double tolerance = 1e-9;  ///< of the Newton decrement, in nats, at which a mode is reached
  };
  /// @param target outlives the search
  ModeSearch(const Target& target, const Options& options);

  /// @return whether there was a point to step from: with a finite density and gradient
  bool step();
  bool has_ended() const { return start_ >= options_.num_starts; }
  bool has_mode() const;
  const Tensor& mode() const { return best_x_; }          ///< [D] float64
  const Tensor& precision() const { return precision_; }  ///< [D, D]; positive definite
  double value() const;                                   ///< the highest ln density so far
  double decrement() const { return decrement_; }         ///< of the last step, NaN before one

  /// Names begin with `prefix`.
  NamedTensors state(const std::string& prefix) const;
  /// @throws DataError
  void load(const NamedTensors& state, const std::string& prefix, const std::string& source);

 private:
  struct Local {
    double value;
    Tensor gradient;  ///< [D]
    Tensor hessian;   ///< [D, D]
  };
  bool find_start();
  double value_at(const Tensor& x) const;
  /// ln of the density and its gradient at points [N, D].
  std::pair<Tensor, Tensor> gradients_at(const Tensor& points) const;
  Local look_around() const;
  /// Goes as far as the density rises. @return the Newton decrement, half of gradient' step
  double take_step(const Local& here);
  void end_start(const Local& here);

  const Target& target_;
  Options options_;
  std::int64_t size_;
  Tensor x_, best_x_, precision_;
  double value_, best_value_;        ///< ln of the density
  double decrement_ = std::nan("");  ///< Newton's, of the last step
  double damping_ = 0;               ///< times the Hessian's diagonal
  std::int64_t start_ = 0;           ///< which start, from 0
  std::int64_t num_steps_ = 0;       ///< of this start
  bool is_under_way_ = false;        ///< x_ belongs to this start
};

/// x of A x = b by A's lower Cholesky factor. @param b [D, N]
Tensor solved_by_factor(const Tensor& factor, const Tensor& b);
/// The lower Cholesky factor of the inverse of a positive definite matrix.
Tensor factor_of_inverse(const Tensor& matrix);

}  // namespace elbow
