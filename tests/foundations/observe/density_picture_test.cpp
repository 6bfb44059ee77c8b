#include "elbow/foundations/observe/density_picture.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace elbow {
namespace ELBOW_TEST_FILE {

using Colour = std::vector<int>;

Colour pixel(const Picture& picture, int x, int y) {
  const auto first = picture.pixels.begin() + 3 * (y * picture.width + x);
  return Colour(first, first + 3);
}

double linear(int byte) {
  const double x = byte / 255.0;
  return x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4);
}

/// CIE lightness L* of an sRGB colour.
double lightness(const Colour& c) {
  const double y = 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
  return y > 0.008856 ? 116.0 * std::cbrt(y) - 16.0 : 903.3 * y;
}

std::vector<float> ramp(int count) {
  std::vector<float> out(static_cast<std::size_t>(count));
  std::iota(out.begin(), out.end(), 0.0f);
  return out;
}

TEST(DensityPicture, LightnessRisesInEqualStepsFromDarkToLight) {
  const Picture picture = density_picture(ramp(256), 256, 1);
  for (int i = 0; i < 256; ++i) {
    // A byte of the darkest colours is worth half a unit of lightness.
    EXPECT_NEAR(lightness(pixel(picture, i, 0)), 12.0 + 80.0 * i / 255.0, 0.6) << i;
  }
}

TEST(DensityPicture, ColoursDoNotDependOnTheUnitOfDensity) {
  std::vector<float> scaled = ramp(12);
  for (float& value : scaled) value *= 1e-20f;
  const Picture picture = density_picture(ramp(12), 4, 3);
  EXPECT_EQ(picture.pixels, density_picture(scaled, 4, 3).pixels);
  EXPECT_EQ(picture.width, 4);
  EXPECT_EQ(picture.height, 3);
  EXPECT_EQ(picture.channels, 3);
}

TEST(DensityPicture, RowsKeepTheirOrder) {
  const Picture picture = density_picture({0, 1, 2, 3, 4, 5}, 3, 2);
  for (int i = 1; i < 6; ++i)
    EXPECT_GT(lightness(pixel(picture, i % 3, i / 3)),
              lightness(pixel(picture, (i - 1) % 3, (i - 1) / 3)));
}

TEST(DensityPicture, NothingToScaleByIsDarkAndNonFiniteIsWhite) {
  const Colour dark = pixel(density_picture({0, 1}, 2, 1), 0, 0);
  EXPECT_EQ(pixel(density_picture({0, 0}, 2, 1), 1, 0), dark);
  const float infinity = std::numeric_limits<float>::infinity();
  const Picture picture = density_picture({NAN, infinity, -infinity, -1, 2}, 5, 1);
  for (int x = 0; x < 3; ++x) EXPECT_EQ(pixel(picture, x, 0), (Colour{255, 255, 255}));
  EXPECT_EQ(pixel(picture, 3, 0), dark);
  EXPECT_NEAR(lightness(pixel(picture, 4, 0)), 92.0, 0.6);
}

TEST(DensityPicture, PairHasOneScaleAndAGutter) {
  const Picture pair = density_pair({0, 1, 2, 4}, {0, 2, 4, 8}, 2, 2);
  ASSERT_EQ(pair.width, 6);
  ASSERT_EQ(pair.height, 2);
  EXPECT_EQ(pixel(pair, 0, 1), pixel(pair, 5, 0)) << "2 on the left, 2 on the right";
  EXPECT_EQ(pixel(pair, 1, 1), pixel(pair, 4, 1)) << "4 on both sides";
  EXPECT_EQ(pixel(pair, 5, 1), pixel(density_picture({8}, 1, 1), 0, 0));
  for (const int x : {2, 3}) EXPECT_EQ(pixel(pair, x, 0), (Colour{255, 255, 255}));
  EXPECT_EQ(decode_png(encode_png(pair), "pair.png").pixels, pair.pixels);
}

TEST(DensityPicture, SizesThatDoNotFitAreOurDefect) {
  EXPECT_THROW(density_picture({1, 2, 3}, 2, 2), std::invalid_argument);
  EXPECT_THROW(density_picture({}, 0, 0), std::invalid_argument);
  EXPECT_THROW(density_pair({1, 2}, {1}, 2, 1), std::invalid_argument);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
