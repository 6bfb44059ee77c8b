#pragma once

#include "elbow/inference/estimators/gradient_estimator.h"
#include "elbow/neural/nn/network.h"

namespace elbow {

/// The gradient E[(f - b) grad log q(z | x)], which needs no derivative of f in z: for discrete
/// latents, and any others whose density can be scored. f is the bound, or where the bound is a
/// mean over particles each particle's own; b a baseline that does not depend on the draw:
///
/// none; moving_average, of the signal; learned, a network of x besides (NVIL), trained on the
/// signal's squared error; leave_one_out, the same bound of the other particles. Where a guide
/// draws several sites in turn and the bound is a mean over particles, each site's signal leaves
/// out the terms that stand before it, on which it has no effect.
///
/// Williams, 1992 (REINFORCE); Paisley, Blei, Jordan, 2012, arXiv:1206.6430; Ranganath, Gerrish,
/// Blei, "Black box variational inference", 2014, arXiv:1401.0118, section 3 (Rao-Blackwell); Mnih,
/// Gregor, "Neural variational inference and learning", 2014, arXiv:1402.0030, section 2.3; Kool,
/// van Hoof, Welling, "Buy 4 REINFORCE samples, get a baseline for free", 2019.
class ScoreFunction : public GradientEstimator {
 public:
  enum class Baseline { none, moving_average, learned, leave_one_out };
  struct Options {
    Baseline baseline = Baseline::none;
    double decay = 0.9;  ///< of the moving average
  };
  /// @param network from x to one number; needed by the learned baseline alone
  explicit ScoreFunction(Options options,
                         NetworkPtr network = nullptr,
                         std::int64_t event_dims = 0);
  static ComponentInfo info();
  static GradientEstimatorPtr create(const ConfigNode& node, const DataContext& data);
  Surrogate estimate(const Objective& objective, Proposals& proposals) override;

 private:
  /// Of a bound that is a mean over particles: each is judged by itself.
  Surrogate particle_surrogate(const Objective& objective,
                               Proposals& proposals,
                               const Trace& model,
                               const Trace& guide);
  /// The signal without its baseline; adds the baseline's own loss. @param signal [K, B] or [1, B]
  Tensor centre(const Tensor& signal, const Tensor& x, Tensor& loss);
  Tensor average() const;
  void update_average(const Tensor& signal);

  Options options_;
  NetworkPtr network_;
  std::int64_t event_dims_;
  Tensor sum_, weight_;  ///< moving average of the signal, and of 1, so that it begins unbiased
};

}  // namespace elbow
