#pragma once

#include <ATen/core/Tensor.h>

#include <utility>

namespace elbow {

using at::Tensor;

/// Whether normal_draw applies: loc and log_scale of one shape, which our own loops take.
bool fits_normal_draw(const Tensor& loc, const Tensor& log_scale, const Tensor& noise);

/// z = loc + scale * noise and its log density, as one operation whose gradients are written by
/// hand: at a draw of its own, (z - loc) / scale is the noise.
///
/// @param loc, log_scale  [batch..., L]
/// @param noise           [sample..., batch..., L] standard normal
/// @return                [sample..., batch..., L] and [sample..., batch...]
std::pair<Tensor, Tensor> normal_draw(const Tensor& loc,
                                      const Tensor& log_scale,
                                      const Tensor& noise);

}  // namespace elbow
