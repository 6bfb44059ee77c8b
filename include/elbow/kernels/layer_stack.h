#pragma once

#include <cstdint>

namespace elbow::kernels {

/// The layers of a normalizing flow that run as a stack: K of one kind in one pass, forwards and
/// backwards.
enum class StackedLayer {
  /// P = 2 D + 1: u [D], w [D], b
  planar,
  /// P = D + 2: center [D], log_alpha, beta
  radial,
  /// P = D: v [D]
  householder,
  /// P = M^2 + 2 M: triangles [M, M], diagonal [M], bias [M], M = D; every second layer reverses
  /// the coordinates
  sylvester_identity,
  /// P = M^2 + 2 M + H D: then the vectors of reflections [H, D], M = D
  sylvester_reflections,
  /// P = M^2 + 2 M + D M: then Q [D, M], as it is
  sylvester_basis,
};

/// K layers on rows of D numbers.
struct StackShape {
  StackedLayer kind;
  std::int64_t num_particles;  ///< S: how many x each row of parameters serves; 1 for shared ones
  std::int64_t num_rows;       ///< B
  std::int64_t size;           ///< D
  std::int64_t num_layers;     ///< K
  bool is_shared;              ///< parameters [K, P], else [B, K, P]
  std::int64_t num_directions = 0;   ///< M, of Sylvester flows
  std::int64_t num_reflections = 0;  ///< H, of sylvester_reflections
};

/// P, how many numbers are the parameters of one layer.
std::int64_t num_stack_parameters(const StackShape& shape);

/// How many numbers the forward pass writes for itself and the backward pass. Depends on the
/// instruction set. @param keeps whether there is a backward pass
template <class Real>
std::int64_t stack_saved_size(const StackShape& shape, bool keeps);

/// y = f_K(... f_1(x)) and the sum of log |det|.
/// @param parameters         [K, P] or [B, K, P]
/// @param parameters_stride  numbers from one row of parameters to the next
/// @param x, y               [S, B, D]
/// @param log_det            [S, B]
/// @param saved              stack_saved_size(shape, keeps) numbers
template <class Real>
struct StackForward {
  StackShape shape;
  const Real* parameters;
  std::int64_t parameters_stride;
  const Real* x;
  Real* y;
  Real* log_det;
  Real* saved;
  bool keeps;
};

/// The gradients. Those of shared parameters are sums over blocks of rows in an order that does
/// not depend on the number of threads.
/// @param y, saved         of the forward pass, by the same instruction set: x is rebuilt
/// @param grad_y           [S, B, D] or null for zeros
/// @param grad_log_det     [S, B] or null for zeros
/// @param grad_x           [S, B, D]
/// @param grad_parameters  [K, P] or [B, K, P]
template <class Real>
struct StackBackward {
  StackShape shape;
  const Real* parameters;
  std::int64_t parameters_stride;
  const Real* y;
  const Real* saved;
  const Real* grad_y;
  const Real* grad_log_det;
  Real* grad_x;
  Real* grad_parameters;
};

/// On as many threads as OpenMP gives, where the work is worth it.
template <class Real>
void run_stack(const StackForward<Real>& pass);
template <class Real>
void run_stack(const StackBackward<Real>& pass);

}  // namespace elbow::kernels
