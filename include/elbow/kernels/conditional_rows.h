#pragma once

#include <cstdint>

#include "elbow/kernels/element_map.h"

namespace elbow::kernels {

/// A layer of a conditioner: h W^T + b. Arrays are row-major.
template <class Real>
struct ConditionerLayer {
  std::int64_t in, out;
  const Real* weight;     ///< [out, in]
  const Real* offset;     ///< [out], or [num_rows, out]
  bool has_offset_rows;   ///< an offset for each row
  Real* weight_gradient;  ///< [out, in] out of the backward pass, or null
  Real* offset_gradient;  ///< as offset, out of the backward pass, or null
};

/// What a coupling or an autoregressive flow does to N vectors of D numbers, in one pass: numbers
/// `inputs` of each go through a fully connected network, whose outputs are the parameters of the
/// functions that change numbers `changed`. The others stay.
template <class Real>
struct ConditionalRows {
  ElementMap map;
  NetworkActivation activation;  ///< between layers
  bool is_inverse;
  std::int64_t num_rows;        ///< N
  std::int64_t size;            ///< D
  std::int64_t num_inputs;      ///< n
  std::int64_t num_changed;     ///< M
  const std::int64_t* inputs;   ///< [n]
  const std::int64_t* changed;  ///< [M]
  std::int64_t num_layers;      ///< at least 1; the last has M num_parameters outputs
  const ConditionerLayer<Real>* layers;
  const Real* x;             ///< [N, D]
  Real* tape;                ///< [conditional_tape_size] what backward needs of forward, or null
  Real* y;                   ///< [N, D] forward
  Real* log_det;             ///< [N] forward: sum of log |dy/dx|
  const Real* grad_y;        ///< [N, D] backward, or null for zeros
  const Real* grad_log_det;  ///< [N] backward, or null for zeros
  Real* grad_x;              ///< [N, D] out of the backward pass, or null
};

/// Numbers of the tape: the layers' outputs, after their activation.
template <class Real>
std::int64_t conditional_tape_size(const ConditionalRows<Real>& job);

/// y and log_det from x. Rows are divided over OpenMP's threads where there is work for them;
/// results are the same bits for any number.
///
/// Dinh, Krueger, Bengio, "NICE", 2014, arXiv:1410.8516, section 3.2; Durkan, Bekasov, Murray,
/// Papamakarios, "Neural spline flows", 2019, arXiv:1906.04032, section 3.1.
template <class Real>
void conditional_forward(const ConditionalRows<Real>& job);

/// The gradients with respect to x and to the layers, from those with respect to y and log_det and
/// from x and the tape that the forward pass filled. Sums over rows are taken in an order that
/// depends on N only.
template <class Real>
void conditional_backward(const ConditionalRows<Real>& job);

}  // namespace elbow::kernels
