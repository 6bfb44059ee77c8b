#include "elbow/runs/evaluate/particle_picture.h"

#include <ATen/TensorOperators.h>

#include <cmath>

#include "elbow/foundations/observe/density_picture.h"
#include "plane.h"

namespace elbow {
namespace {

constexpr int kScale = 2;   // pixels on a side of a cell of the density
constexpr int kRadius = 2;  // of a point, pixels

/// Each pixel as a square of kScale pixels.
Picture enlarged(const Picture& small) {
  Picture out = white_picture(small.width * kScale, small.height * kScale);
  const auto channels = static_cast<std::size_t>(small.channels);
  for (int row = 0; row < out.height; ++row)
    for (int column = 0; column < out.width; ++column) {
      const auto from = static_cast<std::size_t>((row / kScale) * small.width + column / kScale),
                 to = static_cast<std::size_t>(row * out.width + column);
      for (std::size_t c = 0; c < 3; ++c)
        out.pixels[3 * to + c] = small.pixels[channels * from + (channels == 3 ? c : 0)];
    }
  return out;
}

void draw_point(Picture& picture, double x, double y) {
  for (int row = -kRadius; row <= kRadius; ++row)
    for (int column = -kRadius; column <= kRadius; ++column) {
      const int distance = row * row + column * column;
      const int at_x = static_cast<int>(x) + column, at_y = static_cast<int>(y) + row;
      if (distance > kRadius * kRadius || at_x < 0 || at_y < 0 || at_x >= picture.width ||
          at_y >= picture.height)
        continue;
      const auto at = static_cast<std::size_t>(3 * (at_y * picture.width + at_x));
      // White with a dark edge is seen on every colour.
      const bool is_edge = distance > (kRadius - 1) * (kRadius - 1);
      for (std::size_t c = 0; c < 3; ++c)
        picture.pixels[at + c] = is_edge ? std::uint8_t{40} : kWhite;
    }
}

}  // namespace

std::optional<Picture> particle_picture(const Target& target,
                                        const Tensor& points,
                                        std::uint64_t seed) {
  if (target.size() != 2) return std::nullopt;
  const auto own = plane::window_of(target, seed);
  if (!own) return std::nullopt;
  const plane::Window window = plane::with_margin(*own);
  const Tensor density = plane::target_density(
      target, plane::pixels(window, plane::kSide), plane::cell_area(window, plane::kSide));
  const int side = static_cast<int>(plane::kSide);
  Picture out = enlarged(density_picture(plane::floats(density), side, side));
  const Tensor where = plane::doubles(points).contiguous();
  for (std::int64_t i = 0; i < where.size(0); ++i) {
    const double x = where[i][0].item<double>(), y = where[i][1].item<double>();
    const double u = (x - window[0].low) / (window[0].high - window[0].low),
                 v = (y - window[1].low) / (window[1].high - window[1].low);
    if (u >= 0 && u < 1 && v >= 0 && v < 1) draw_point(out, u * out.width, (1 - v) * out.height);
  }
  return out;
}

}  // namespace elbow
