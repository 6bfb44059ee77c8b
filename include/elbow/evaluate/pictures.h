#pragma once

#include <functional>
#include <string>
#include <vector>

#include "elbow/guides/guide.h"
#include "elbow/inference/experiment.h"
#include "elbow/models/generative_model.h"
#include "elbow/observe/png.h"

namespace elbow {

/// [C, H, W] of an event, or nothing when it is no picture: [D] gives a 1 x sqrt(D) x sqrt(D)
/// picture when D is a square.
std::vector<std::int64_t> picture_shape(const Shape& event_shape);

/// Grid of events [N, event...] in [0, 1]; other ranges are stretched to it.
Picture tensor_grid(const Tensor& events, const Shape& event_shape, int columns);

/// Refuses a grid that no viewer shows, before its pictures are computed. @throws UsageError
void check_grid(std::int64_t count, const Shape& event_shape, int columns);

/// n draws from p(x), or of the guide where a target was fitted: with `use_mean` the mean of
/// p(x | z), otherwise a draw. Keyed by the seed. Memory does not grow with n.
/// @param width numbers of an example: how many draws are made at once
/// @param use takes the draws in order, a part [b, event...] at a time
void each_sample(const Modules& modules,
                 std::int64_t n,
                 bool use_mean,
                 std::uint64_t seed,
                 std::int64_t width,
                 const std::function<void(const Tensor& part)>& use);

/// The same as one tensor. @return [n, event...]
Tensor draw_samples(const Modules& modules, std::int64_t n, bool use_mean, std::uint64_t seed);

/// Means of p(x | z) at the posterior means. @return [N, event...]
Tensor reconstruct(GenerativeModel& model, Guide& guide, const Batch& batch);

/// Inputs over their reconstructions, row by row: [2 * N, event...] in grid order of `columns`.
Tensor interleave_rows(const Tensor& inputs, const Tensor& outputs, int columns);

/// Latent traversals: for each unit a row of `steps` decodings, the unit going from -range to
/// range, the others at `base` [L].
Tensor traverse(GenerativeModel& model,
                const Tensor& base,
                const std::vector<std::int64_t>& units,
                int steps,
                double range);

}  // namespace elbow
