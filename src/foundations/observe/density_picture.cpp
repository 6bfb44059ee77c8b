#include "elbow/foundations/observe/density_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

namespace elbow {
namespace {

using Colour = std::array<std::uint8_t, 3>;

/// A colour of CIE 1976 L*a*b* in cylinder coordinates; the hue in degrees.
struct LightnessChromaHue {
  double lightness, chroma, hue;
};

// Chosen by hand: lightness rises in equal steps, the hue turns evenly from violet over blue and
// green to yellow, and the chroma stays a little below what sRGB can show.
constexpr std::array<LightnessChromaHue, 5> kControlPoints{
    {{12, 36, 310}, {32, 24, 257.5}, {52, 26, 205}, {72, 52, 152.5}, {92, 84, 100}}};
constexpr int kColours = 256;
constexpr int kGutter = 2;
LightnessChromaHue interpolate(double t) {
  const double place = t * static_cast<double>(kControlPoints.size() - 1);
  const auto index = std::min(static_cast<std::size_t>(place), kControlPoints.size() - 2);
  const double share = place - static_cast<double>(index);
  const auto &a = kControlPoints[index], &b = kControlPoints[index + 1];
  return {a.lightness + share * (b.lightness - a.lightness),
          a.chroma + share * (b.chroma - a.chroma),
          a.hue + share * (b.hue - a.hue)};
}

/// Inverse of CIE's compressed tristimulus value.
double expand(double f) {
  constexpr double kKnee = 6.0 / 29.0;
  return f > kKnee ? f * f * f : 3.0 * kKnee * kKnee * (f - 4.0 / 29.0);
}

std::uint8_t srgb_byte(double linear) {
  const double x = std::clamp(linear, 0.0, 1.0);
  const double encoded = x <= 0.0031308 ? 12.92 * x : 1.055 * std::pow(x, 1.0 / 2.4) - 0.055;
  return static_cast<std::uint8_t>(std::lround(255.0 * encoded));
}

/// By way of CIE XYZ with the white of daylight D65; the matrix is that of IEC 61966-2-1 (sRGB).
Colour to_srgb(const LightnessChromaHue& colour) {
  const double hue = colour.hue * (3.14159265358979323846 / 180.0);
  const double fy = (colour.lightness + 16.0) / 116.0;
  const double x = 0.95047 * expand(fy + colour.chroma * std::cos(hue) / 500.0);
  const double y = expand(fy);
  const double z = 1.08883 * expand(fy - colour.chroma * std::sin(hue) / 200.0);
  return {srgb_byte(3.2406 * x - 1.5372 * y - 0.4986 * z),
          srgb_byte(-0.9689 * x + 1.8758 * y + 0.0415 * z),
          srgb_byte(0.0557 * x - 0.2040 * y + 1.0570 * z)};
}

const std::array<Colour, kColours>& colours() {
  static const auto table = [] {
    std::array<Colour, kColours> out{};
    for (int i = 0; i < kColours; ++i)
      out[static_cast<std::size_t>(i)] =
          to_srgb(interpolate(static_cast<double>(i) / (kColours - 1)));
    return out;
  }();
  return table;
}

Colour colour_of(float value, float largest) {
  if (!std::isfinite(value)) return {kWhite, kWhite, kWhite};
  const float share = largest > 0 ? std::clamp(value / largest, 0.0f, 1.0f) : 0.0f;
  return colours()[static_cast<std::size_t>(std::lround(share * (kColours - 1)))];
}

/// 0 when nothing is above it.
float largest_finite(const std::vector<float>& values) {
  float out = 0;
  for (const float value : values)
    if (std::isfinite(value)) out = std::max(out, value);
  return out;
}

void check_grid(const std::vector<float>& values, int width, int height) {
  if (width >= 1 && height >= 1 &&
      values.size() == static_cast<std::size_t>(width) * static_cast<std::size_t>(height))
    return;
  throw std::invalid_argument("density_picture: a grid of " + std::to_string(width) + "x" +
                              std::to_string(height) + " has " + std::to_string(values.size()) +
                              " values");
}

/// Paints a grid whose left edge lies at column `left` of the picture.
void paint(Picture& picture, const std::vector<float>& values, int width, int left, float largest) {
  const auto columns = static_cast<std::size_t>(width);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t pixel = i / columns * static_cast<std::size_t>(picture.width) +
                              static_cast<std::size_t>(left) + i % columns;
    const Colour colour = colour_of(values[i], largest);
    std::copy(colour.begin(),
              colour.end(),
              picture.pixels.begin() + static_cast<std::ptrdiff_t>(pixel * 3));
  }
}

}  // namespace

Picture density_picture(const std::vector<float>& values, int width, int height) {
  check_grid(values, width, height);
  Picture out = white_picture(width, height);
  paint(out, values, width, 0, largest_finite(values));
  return out;
}

Picture density_pair(const std::vector<float>& left,
                     const std::vector<float>& right,
                     int width,
                     int height) {
  check_grid(left, width, height);
  check_grid(right, width, height);
  const float largest = std::max(largest_finite(left), largest_finite(right));
  Picture out = white_picture(2 * width + kGutter, height);
  paint(out, left, width, 0, largest);
  paint(out, right, width, width + kGutter, largest);
  return out;
}

}  // namespace elbow
