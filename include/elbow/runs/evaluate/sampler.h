#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// What n draws are keyed and cut by.
struct SampleOptions {
  bool use_mean = false;  ///< of p(x | z), instead of a draw
  std::uint64_t seed = 1;
  std::int64_t width = 1;   ///< numbers of an example: how many draws are made at once
  std::int64_t label = -1;  ///< the class that all draws are given; -1: nobody has chosen one
  /// What all draws are given, standardised; empty: the means of training.
  std::vector<double> covariates = {};
  double library_size = 0;  ///< the total of counts that all draws are given; 0: the typical one
};

/// Draws examples, or of the guide where a target was fitted.
class Sampler {
 public:
  virtual ~Sampler() = default;
  /// n draws keyed by the seed. Memory does not grow with n.
  /// @param use takes the draws in order, a part [b, event...] at a time
  virtual void each_sample(std::int64_t n,
                           const SampleOptions& options,
                           const std::function<void(const Tensor& part)>& use) = 0;
  /// Names of a draw's numbers. @param columns those of an example
  virtual std::vector<std::string> columns(std::vector<std::string> columns) const {
    return columns;
  }
};

/// The draws as one tensor. @return [n, event...]
Tensor draw_samples(Sampler& sampler, std::int64_t n, const SampleOptions& options);

}  // namespace elbow
