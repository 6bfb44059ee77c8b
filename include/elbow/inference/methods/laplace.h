#pragma once

#include <cmath>
#include <optional>

#include "elbow/inference/guides/guide.h"
#include "elbow/inference/methods/inference.h"
#include "elbow/models/generative/generative_model.h"
#include "elbow/probability/targets/target.h"

namespace elbow {

/// Laplace's approximation of a target: a normal at the highest mode that is found, whose precision
/// is minus the Hessian there. A step is one of a damped Newton method (Levenberg, Marquardt); the
/// Hessian is of central differences of exact gradients, all evaluated together. From each of
/// several starts it goes to the end, and then begins at the next.
///
/// It writes the guide's parameters: of `full_rank_normal` mean and Cholesky factor; of
/// `diag_normal` the mean and the inverse of the precision's diagonal, which is the best mean-field
/// normal of a normal.
///
/// MacKay, "Information Theory, Inference, and Learning Algorithms", 2003, chapter 27; Nocedal,
/// Wright, "Numerical Optimization", 2006, section 10.3.
class LaplaceApproximation : public Inference {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::int64_t num_starts = 1;
    double start_scale = 2;   ///< starts are uniform in (-scale, scale)
    double tolerance = 1e-9;  ///< of the Newton decrement, in nats, at which a mode is reached
  };
  /// @param parameters the guide's, flat: mean [D], then the factor's (FullRankNormal::from_flat)
  /// or the logarithms of standard deviations [D]
  /// @throws std::logic_error for a model that is no target, or parameters of another size
  LaplaceApproximation(GenerativeModelPtr model,
                       GuidePtr guide,
                       Tensor parameters,
                       Options options);

  StepReport step(const MicroBatches& micro_batches, const Clock& clock) override;
  /// The log density at the mode so far.
  EvaluationTerms evaluate(const Batch& batch, RandomSource& source) override;
  std::vector<Metric> metrics() const override;
  std::vector<std::pair<std::string, double>> schedule_values(const Clock&) override { return {}; }
  InferenceState state() const override;
  void load(const InferenceState& state, const std::string& source) override;
  void set_retry(std::int64_t, double) override {}
  Json explain_non_finite(const MicroBatches& micro_batches, const Clock& clock) override;
  std::int64_t num_parameters() const override { return parameters_.numel(); }
  /// All starts have ended, and one of them at a mode.
  bool has_converged() const override;
  std::optional<Convergence> convergence() const override {
    return Convergence{has_converged(), decrement_, options_.tolerance};
  }
  Engine engine() const override { return {"autograd", "gradients of all differences at once"}; }
  bool repeats_exactly() const override { return true; }

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
  void write_guide(const Tensor& precision);

  GenerativeModelPtr model_;
  GuidePtr guide_;
  Tensor parameters_;  ///< of the guide
  Options options_;
  std::int64_t size_;
  // Where it stands; all of it goes into a checkpoint.
  Tensor x_, best_x_;                ///< [D] float64
  double value_, best_value_;        ///< ln of the density; -inf before there is one
  double decrement_ = std::nan("");  ///< Newton's, of the last step
  double damping_ = 0;               ///< times the Hessian's diagonal
  std::int64_t start_ = 0;           ///< which start, from 0
  std::int64_t num_steps_ = 0;       ///< of this start
  bool is_under_way_ = false;        ///< x_ belongs to this start
};

}  // namespace elbow
