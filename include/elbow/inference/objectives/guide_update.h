#pragma once

#include "elbow/inference/objectives/bound.h"

namespace elbow {

/// For guides that maximise no bound, but follow sum_k s_k grad log q(z_k | x) at detached draws.
class ScoreCoefficients {
 public:
  virtual ~ScoreCoefficients() = default;
  /// s_k and d s_k / d log w_k. @param log_weights [K, B]
  virtual WeightDerivatives coefficients(const Tensor& log_weights) const = 0;
};

/// What the guide's parameters follow: either a bound of the sampled weights, the objective's own
/// or another, or coefficients of its score.
struct GuideUpdate {
  const Bound* bound = nullptr;
  const ScoreCoefficients* score = nullptr;
  /// Weight of log q(z | x) at draws (z, x) of the model, the sleep phase, which is added.
  double sleep_weight = 0.0;
};

}  // namespace elbow
