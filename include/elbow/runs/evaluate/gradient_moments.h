#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "elbow/foundations/core/config_node.h"

namespace elbow {

using at::Tensor;

/// A number and its standard error.
struct Estimate {
  double value = 0, standard_error = 0;
};

/// Mean and variance of many draws of one gradient, and the means of equal blocks of them: whatever
/// is not linear in the mean (its norm, its distance from another) is estimated without bias from
/// pairs of blocks. Float64 on the CPU; memory (blocks + 2) x parameters.
class GradientMoments {
 public:
  static constexpr std::int64_t kNumBlocks = 10;

  explicit GradientMoments(std::int64_t num_parameters);
  /// The next draw, [P]. Draws go to the blocks in turn.
  void add(const Tensor& gradient);
  std::int64_t count() const { return count_; }
  const Tensor& mean() const { return mean_; }  ///< [P]
  Tensor variance() const;                      ///< [P] of one draw, unbiased
  Tensor block_means() const;                   ///< [blocks, P]

 private:
  std::int64_t count_ = 0;
  Tensor mean_, squares_, block_sums_;
};

/// |E v|^2 from the means of independent blocks of draws of v, without bias: the mean inner product
/// of two different blocks, so it can be below 0. The error is the jackknife's over blocks.
/// @param block_means [n, P], n >= 3
Estimate squared_norm_of_mean(const Tensor& block_means);

/// A stretch of the flattened parameters.
struct ParameterGroup {
  std::string name;
  std::int64_t first = 0, count = 0;
};

/// What the draws of one estimator say of each group of parameters.
/// @param reference a long run of a gradient that is taken as true, from other random numbers; null
/// when there is none, and then no bias is given
/// @param has_seen_all false where the draws may lack whole outcomes of discrete latents: then they
/// say nothing of what is missing in them, and a bias is neither found nor bounded
/// @return [{"group", "parameters", "norm": {value, standard_error} of the mean gradient,
/// "variance": of one draw, summed over parameters, "snr": {value, standard_error}, norm /
/// sqrt(variance), absent where the variance is 0, "bias": {"value": |mean - reference|, "squared",
/// "standard_error" of that square, "is_found": the square is four standard errors above 0, not
/// rounding, and has_seen_all}}]; where the reference's norm is known within a quarter, and with
/// has_seen_all, also "relative" in bias, and
/// "relative_upper" (the square and two standard errors), and "cosine" with the reference
Json describe_gradient(const std::vector<ParameterGroup>& groups,
                       const GradientMoments& draws,
                       const GradientMoments* reference,
                       bool has_seen_all = true);

}  // namespace elbow
