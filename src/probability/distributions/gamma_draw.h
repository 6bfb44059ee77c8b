#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// The logarithm of standard gamma draws (rate 1), so that a small concentration gives no zero.
/// Its gradient is that of implicit differentiation of the distribution function (Figurnov,
/// Mohamed, Mnih, "Implicit reparameterization gradients", 2018, arXiv:1805.08498); LibTorch's
/// approximation of it has a relative error near 1e-3 at worst.
///
/// Marsaglia, Tsang, "A simple method for generating gamma variables", 2000: a fixed number of
/// proposals for every element, so that its value depends neither on the batch nor on what others
/// needed. None is accepted with probability below 1e-12; the mode of the proposal then stands in.
///
/// @param log_concentration broadcastable to `shape`
Tensor log_gamma_draw(const Tensor& log_concentration, const Shape& shape, RandomSource& source);

/// Index of the first true along the last dimension, which is kept with size 1; 0 where none is.
Tensor first_accepted(const Tensor& accepted);

}  // namespace elbow
