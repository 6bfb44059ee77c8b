#pragma once

#include <memory>

#include "elbow/models/conjugate/conjugate_model.h"
#include "elbow/models/conjugate/precision.h"
#include "elbow/models/conjugate/response_prediction.h"

namespace elbow {

/// A predicted response around its mean: symmetric, one for each of B examples.
class ResponseDistribution {
 public:
  virtual ~ResponseDistribution() = default;
  /// @param deviation [B] response less mean
  virtual Tensor log_density(const Tensor& deviation) const = 0;
  /// [B]; infinite where there is none.
  virtual Tensor standard_deviation() const = 0;
  /// Half of the central interval, [B]. @param mass in (0, 1)
  virtual Tensor half_width(double mass) const = 0;
};
using ResponsePtr = std::unique_ptr<const ResponseDistribution>;

/// N(0, variance). @param variance [B]
ResponsePtr normal_response(const Tensor& variance);
/// Student's t. @param squared_scale [B]
ResponsePtr student_response(const Tensor& squared_scale, double dof);
/// N(0, variance + 1 / tau) averaged over tau ~ Gamma(concentration, rate): by the trapezoidal rule
/// with 128 nodes in ln tau, where it converges exponentially. Relative errors are below 1e-11 for
/// a concentration of 2 or more, 1e-8 at 1 and 1e-4 at 1/2.
ResponsePtr mixture_response(const Tensor& variance, double concentration, double rate);
/// Which of them: noise known or a point, or a gamma factor. @param variance [B] of the noiseless
/// response
ResponsePtr response_with(const Tensor& variance,
                          const Precision& noise,
                          const std::vector<GlobalFactor>& factors,
                          const Globals& globals);

/// @param response [B] or undefined @throws UsageError when mass is not in (0, 1)
Prediction predict_from(const ResponseDistribution& distribution,
                        const Tensor& mean,
                        const Tensor& response,
                        double mass);

}  // namespace elbow
