#pragma once

#include <cstdint>
#include <functional>

#include "elbow/models/conjugate/response_prediction.h"

namespace elbow {

/// What predictions are asked with.
struct PredictionOptions {
  std::int64_t num_inputs = 0;  ///< columns before the response
  double mass = 0.95;           ///< of the central interval
  std::uint64_t seed = 1;       ///< of draws, where there are any
  std::int64_t num_draws = 1000;
};

/// Predicts a response.
class Predictor {
 public:
  virtual ~Predictor() = default;
  /// @return answers for [B, D] or, with the response last, [B, D + 1]; it keeps what belongs to
  /// all rows, as draws of weights, and is good as long as the fit
  virtual std::function<Prediction(const Tensor& x)> prepare(const PredictionOptions& options) = 0;
};

}  // namespace elbow
