#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "elbow/foundations/core/component.h"
#include "elbow/foundations/core/config_node.h"

namespace elbow {

using at::Tensor;

/// How the width h of exp(-|x - y|^2 / h) follows from N particles. What is called the median
/// heuristic is four rules in four programs, which differ by the pairs that they look at, by the
/// middle of an even number of them, and by the logarithm.
enum class BandwidthRule {
  /// h is given.
  fixed,
  /// med / ln(N + 1), med the median of |x_i - x_j|^2 over all N^2 pairs, i = j included: Liu,
  /// Wang, "Stein variational gradient descent", 2016, arXiv:1608.04471, section 5, as their
  /// program has it. The N zeros pull the median down at small N.
  median_liu_wang,
  /// m^2 / ln N, m the median of the distances (not squared) over i > j, as in BlackJAX. Of two
  /// particles each N of which is small, ln N is small too: N = 2 gives 1.4 times the distance's
  /// square.
  median_blackjax,
  /// d^2 / ln N + 1e-5, d the upper median of the distances over all N^2 pairs, i = j included, as
  /// in NumPyro. At N = 2 the zeros are half of the pairs.
  median_numpyro,
  /// One h for each coordinate d: med_d / ln(N + 1), med_d the lower median of (x_id - x_jd)^2 over
  /// i > j, as in Pyro. With D coordinates the exponents add up to D times that of the other rules:
  /// from some ten dimensions on, particles no longer see each other.
  median_pyro,
};

/// The words of a configuration, in the order of the enumeration.
const std::vector<std::string>& bandwidth_rules();

struct Bandwidth {
  BandwidthRule rule = BandwidthRule::median_liu_wang;
  double factor = 1;  ///< of the rule's h, or h itself where it is fixed

  /// h, one for each coordinate: [D] of the particles' type. Where the rule has no answer (one
  /// particle, or a median of 0), 1: then no pair repels the other, whatever h is.
  /// @param particles [N, D], finite, on the CPU
  Tensor widths(const Tensor& particles) const;
  /// h where all N particles are equally far from each other, divided by the square of that
  /// distance; nothing where h does not follow from it.
  std::optional<double> width_of_simplex(std::int64_t num_particles) const;
  /// The section `bandwidth` of a kernel: {rule, factor}.
  static ComponentInfo section();
  static Bandwidth from(const ConfigNode& node);
};

/// The rank, counted from 0, of the k-th smallest of all N^2 pairs, i = j included, among the N (N
/// - 1) / 2 pairs of i > j in ascending order; -1: it is one of the N zeros.
std::int64_t rank_among_pairs(std::int64_t k, std::int64_t num_particles);

}  // namespace elbow
