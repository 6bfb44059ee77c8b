#pragma once

#include <cstdint>

namespace elbow::kernels {

/// The families of monotone functions of one number; their formulas stand at
/// probability/transforms/element_bijector.h.
enum class ElementKind : int { kAdditive, kAffine, kGated, kSpline };

/// One of them with what does not depend on the data.
struct ElementMap {
  ElementKind kind = ElementKind::kAdditive;
  std::int64_t num_parameters = 1;
  double constant = 0;        ///< affine: max_log_scale; gated: forget_bias
  std::int64_t num_bins = 0;  ///< of a spline, at most kMaxSplineBins
  double tail_bound = 0;
  double min_width = 0;     ///< as a share of 2 tail_bound
  double min_height = 0;    ///< as a share of 2 tail_bound
  double min_slope = 0;     ///< of the inner knots
  double slope_offset = 0;  ///< softplus(slope_offset) + min_slope = 1
};

constexpr std::int64_t kMaxSplineBins = 64;

/// The nonlinearities whose derivative follows from their value.
enum class NetworkActivation : int { kRelu, kLeakyRelu, kElu, kTanh, kSigmoid, kSoftplus };

}  // namespace elbow::kernels
