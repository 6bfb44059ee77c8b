#pragma once

#include <cstdint>

namespace elbow::kernels {

/// A nonlinearity whose derivative follows from its value.
enum class Nonlinearity { identity, relu, leaky_relu, elu, selu, tanh, sigmoid, softplus };

/// values = f(values + bias), in place.
/// @param values  [rows, cols]
/// @param bias    [cols]
template <class Real>
struct DenseForward {
  Nonlinearity nonlinearity;
  std::int64_t rows, cols;
  const Real* bias;
  Real* values;
};

/// The gradient before the nonlinearity, and its sum over the rows, which the bias is due.
/// @param output         [rows, cols] what the forward pass left in `values`; null for identity
/// @param gradient       [rows, cols] in the output
/// @param before         [rows, cols] gradient * f', may be `gradient`; null for identity
/// @param bias_gradient  [cols], added to; or null
template <class Real>
struct DenseBackward {
  Nonlinearity nonlinearity;
  std::int64_t rows, cols;
  const Real* output;
  const Real* gradient;
  Real* before;
  Real* bias_gradient;
};

/// On as many threads as OpenMP gives, where the work is worth it. The same bits for any number.
template <class Real>
void run_dense(const DenseForward<Real>& pass);
template <class Real>
void run_dense(const DenseBackward<Real>& pass);

}  // namespace elbow::kernels
