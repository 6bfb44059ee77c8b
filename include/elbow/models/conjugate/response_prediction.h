#pragma once

#include "elbow/models/conjugate/global_factor.h"

namespace elbow {

/// A response predicted from the other columns, [B] each.
struct Prediction {
  Tensor mean, standard_deviation, lower, upper;  ///< central interval of the mass asked for
  Tensor
      log_density;  ///< ln p(response | other columns); undefined where the response is not given
};

/// What a conjugate model can do whose examples end with a response.
class ResponsePrediction {
 public:
  virtual ~ResponsePrediction() = default;
  /// @param x [B, D] other columns, or [B, D + 1] with the response last
  /// @param mass of the central interval
  virtual Prediction predict(const Tensor& x, const Globals& globals, double mass) const = 0;
};

}  // namespace elbow
