#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace elbow {

using at::Tensor;

/// A function of elbow/kernels/vector_math.h over a tensor, on all threads; bit for bit the same on
/// any number of them. @param values float64
Tensor mapped(void (*function)(const double*, double*, std::int64_t), const Tensor& values);

/// Sums over the last dimension, each in a fixed order. [R, C] -> [R]
Tensor row_sums(const Tensor& values);

/// psi(a_rc) - psi(sum_c a_rc), the expected logarithms under Dirichlets. [R, C]
Tensor expected_log(const Tensor& concentration);

/// Sum of weight * value, where what has no weight does not count, be its value ln 0.
double weighted_sum(const Tensor& weight, const Tensor& value);

/// log Gamma(size a) - size log Gamma(a): the normaliser of a symmetric Dirichlet.
double symmetric_log_normaliser(double concentration, double size);

/// The concentration of a symmetric Dirichlet over `size` places with sum ln x = size * mean_log on
/// average: the maximum of its likelihood and of a bound that holds E[ln x]. `start` for size 1,
/// where any will do. Newton steps, kept within a bracket of the root: the derivative falls in a.
///
/// Minka, "Estimating a Dirichlet distribution", 2000, section 1.
double symmetric_concentration(double mean_log, double size, double start);

/// The same with a concentration for each place, by Newton steps that a line search shortens: they
/// keep it positive and never lower the likelihood. Blei, Ng, Jordan, 2003, appendix A.4.2.
/// @param mean_log [K] @param start [K] > 0
Tensor asymmetric_concentration(const Tensor& mean_log, const Tensor& start);

}  // namespace elbow
