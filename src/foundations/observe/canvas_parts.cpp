// What a canvas is given and what becomes of it: colours, ranges, pictures in a column.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>

#include "elbow/foundations/observe/canvas.h"

namespace elbow {

Rgb class_colour(std::size_t index) {
  static constexpr Rgb kColours[] = {{31, 111, 214},
                                     {209, 87, 10},
                                     {42, 138, 74},
                                     {142, 68, 194},
                                     {184, 36, 95},
                                     {0, 125, 138},
                                     {191, 148, 0},
                                     {120, 85, 60},
                                     {230, 110, 170},
                                     {100, 110, 120}};
  return kColours[index % std::size(kColours)];
}

Rgb darker(const Rgb& colour) {
  Rgb out = colour;
  for (auto& part : out) part = static_cast<std::uint8_t>(part * 6 / 10);
  return out;
}

DataRange DataRange::with_margin(double share) const {
  const double margin = high > low ? share * (high - low) : 1.0;
  return {low - margin, high + margin};
}

DataRange DataRange::widened_to(const DataRange& other) const {
  const double reach = 0.5 * (high - low);
  return {std::clamp(other.low, low - reach, low), std::clamp(other.high, high, high + reach)};
}

DataRange range_of(const std::vector<double>& values) {
  bool is_first = true;
  DataRange out;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    out.low = is_first ? value : std::min(out.low, value);
    out.high = is_first ? value : std::max(out.high, value);
    is_first = false;
  }
  return out;
}

Picture stacked(const std::vector<Picture>& pictures, int gutter) {
  if (pictures.empty()) throw std::invalid_argument("stacked: there is no picture");
  Picture out;
  out.width = pictures.front().width;
  out.channels = pictures.front().channels;
  const std::size_t row =
      static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.channels);
  for (const Picture& one : pictures) {
    if (one.width != out.width || one.channels != out.channels)
      throw std::invalid_argument("stacked: the pictures have different widths or channels");
    if (out.height > 0) {
      out.pixels.insert(out.pixels.end(), row * static_cast<std::size_t>(gutter), kWhite);
      out.height += gutter;
    }
    out.pixels.insert(out.pixels.end(), one.pixels.begin(), one.pixels.end());
    out.height += one.height;
  }
  return out;
}

}  // namespace elbow
