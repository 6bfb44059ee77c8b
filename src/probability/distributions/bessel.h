#pragma once

#include <ATen/core/Tensor.h>

namespace elbow {

using at::Tensor;

/// log(kappa^-order I_order(kappa)) - kappa, with gradients of any order. Finite and smooth for
/// every kappa >= 0; error below 1e-12 of its largest term. float64 only.
///
/// The uniform (Debye) expansion at an order of at least 32, then the recurrence of the ratios
/// downwards, which is stable: Olver, "Asymptotics and special functions", 1974, chapter 10,
/// section 7; DLMF 10.41.3 and 10.29.1.
///
/// @param order -0.5 is the least
Tensor log_bessel_kernel(double order, const Tensor& kappa);

/// I_(order+1)(kappa) / I_order(kappa), with gradients of any order. float64 only.
Tensor bessel_ratio(double order, const Tensor& kappa);

}  // namespace elbow
