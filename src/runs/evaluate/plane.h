#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "elbow/probability/distributions/random_source.h"
#include "elbow/probability/targets/target.h"

// What pictures of densities on the plane are made of.
namespace elbow::plane {

constexpr std::int64_t kSide = 200;  // pixels

struct Range {
  double low, high;
};
using Window = std::array<Range, 2>;

/// The centre of each pixel, row by row, the largest second coordinate first. [side * side, 2]
Tensor pixels(const Window& window, std::int64_t side);
double cell_area(const Window& window, std::int64_t side);
Range joined(const Range& a, const Range& b);
/// What holds all but a little of the points in each coordinate. @param points [N, 2]
Window window_of(const Tensor& points);
/// Where the target lies; nothing when neither draws nor moments tell.
std::optional<Window> window_of(const Target& target, std::uint64_t seed);
/// Room at the edges, and for two distributions that are points.
Window with_margin(Window window);
/// Float64 on the CPU.
Tensor doubles(const Tensor& values);
/// Draws [N, 2], many of them, a few at a time: a mixture of many components draws all of them.
Tensor in_pieces(std::uint64_t seed,
                 const std::function<Tensor(std::int64_t count, RandomSource& source)>& draw);
/// Normalised by what is known, else on the window that is shown. @param points [N, 2]
Tensor target_density(const Target& target, const Tensor& points, double area);
std::vector<float> floats(const Tensor& values);

}  // namespace elbow::plane
