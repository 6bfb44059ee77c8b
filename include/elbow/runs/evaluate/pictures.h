#pragma once

#include <string>
#include <vector>

#include "elbow/foundations/observe/png.h"
#include "elbow/inference/guides/guide.h"
#include "elbow/models/generative/decoder.h"

namespace elbow {

/// [C, H, W] of an event, or nothing when it is no picture: [D] gives a 1 x sqrt(D) x sqrt(D)
/// picture when D is a square.
std::vector<std::int64_t> picture_shape(const Shape& event_shape);

/// Grid of events [N, event...] in [0, 1]; other ranges are stretched to it.
Picture tensor_grid(const Tensor& events, const Shape& event_shape, int columns);

/// Refuses a grid that no viewer shows, before its pictures are computed. @throws UsageError
void check_grid(std::int64_t count, const Shape& event_shape, int columns);

/// Inputs over their reconstructions, row by row: [2 * N, event...] in grid order of `columns`.
Tensor interleave_rows(const Tensor& inputs, const Tensor& outputs, int columns);

/// Latent traversals: for each unit a row of `steps` decodings, the unit going from -range to
/// range, the others at `base` [L].
Tensor traverse(Decoder& decoder,
                const Tensor& base,
                const std::vector<std::int64_t>& units,
                int steps,
                double range);

}  // namespace elbow
