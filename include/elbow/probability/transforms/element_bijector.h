#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "elbow/kernels/element_map.h"

namespace elbow {

using at::Tensor;

/// A family of monotone functions of one number: what couplings and autoregressive flows apply to
/// each coordinate, with parameters from their conditioner. All-zero parameters give the identity
/// (`gated`: nearly).
struct ElementBijector {
  /// @param x          [..., D]
  /// @param parameters [..., D, num_parameters]
  /// @return the value and log |d value / d x|, both [..., D]
  using Function =
      std::function<std::pair<Tensor, Tensor>(const Tensor& x, const Tensor& parameters)>;

  std::string name;
  std::int64_t num_parameters;
  Function forward, inverse;
  /// The same for kernels, where they have it.
  std::optional<kernels::ElementMap> map;
};

/// y = x + m. Dinh, Krueger, Bengio, "NICE", 2014, arXiv:1410.8516, section 3.2.
ElementBijector additive_bijector();

/// y = x exp(s) + m. Dinh, Sohl-Dickstein, Bengio, "Real NVP", 2016, arXiv:1605.08803, equation 5.
/// @param max_log_scale s = max_log_scale tanh(raw / max_log_scale): deep stacks stay finite
ElementBijector affine_bijector(double max_log_scale);

/// y = g x + (1 - g) m, g = sigmoid(forget_bias + raw). Kingma et al., "Improved variational
/// inference with inverse autoregressive flow", 2016, arXiv:1606.04934, equations 13 and 14.
ElementBijector gated_bijector(double forget_bias);

/// Rational-quadratic spline on [-tail_bound, tail_bound], the identity outside.
struct SplineOptions {
  std::int64_t num_bins = 8;     ///< at least 2
  double tail_bound = 3;         ///< B
  double min_bin_width = 1e-3;   ///< as a share of 2 B; num_bins times it must be below 1
  double min_bin_height = 1e-3;  ///< as a share of 2 B
  double min_slope = 1e-3;       ///< of the inner knots
};

/// Durkan, Bekasov, Murray, Papamakarios, "Neural spline flows", 2019, arXiv:1906.04032, section
/// 3.1 and appendix A. Parameters: num_bins widths, num_bins heights, num_bins - 1 slopes.
ElementBijector spline_bijector(const SplineOptions& options);

}  // namespace elbow
