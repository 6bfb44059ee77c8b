#include "elbow/foundations/observe/canvas.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace elbow {
namespace ELBOW_TEST_FILE {

const Rgb kWhite{255, 255, 255}, kBlue{0, 0, 255};

Rgb pixel(const Picture& picture, int column, int row) {
  const std::size_t at = static_cast<std::size_t>(3 * (row * picture.width + column));
  return {picture.pixels[at], picture.pixels[at + 1], picture.pixels[at + 2]};
}

int count_of(const Picture& picture, const Rgb& colour) {
  int out = 0;
  for (int row = 0; row < picture.height; ++row)
    for (int column = 0; column < picture.width; ++column)
      out += pixel(picture, column, row) == colour ? 1 : 0;
  return out;
}

/// Pixel i of 11 is the value i.
Canvas ten_by_ten() { return Canvas(11, 11, {0, 10}, {0, 10}); }

TEST(Canvas, PointsAreDiscsAtTheirDataCoordinates) {
  Canvas canvas = ten_by_ten();
  canvas.point(3, 8, kBlue, /*radius=*/0);
  EXPECT_EQ(pixel(canvas.picture(), 3, 2), kBlue) << "y runs upwards";
  EXPECT_EQ(count_of(canvas.picture(), kBlue), 1);
  canvas.point(7, 3, kBlue, /*radius=*/1);
  EXPECT_EQ(count_of(canvas.picture(), kBlue), 6) << "a plus";
  EXPECT_EQ(pixel(canvas.picture(), 8, 8), kWhite);
}

TEST(Canvas, HalfSeenColoursMixWithWhatLiesBelow) {
  Canvas canvas = ten_by_ten();
  canvas.point(5, 5, kBlue, 0, /*alpha=*/0.4);
  EXPECT_EQ(pixel(canvas.picture(), 5, 5), (Rgb{153, 153, 255}));
  canvas.point(5, 5, kBlue, 0, /*alpha=*/0.4);
  EXPECT_EQ(pixel(canvas.picture(), 5, 5), (Rgb{92, 92, 255}));
}

TEST(Canvas, LinesHaveNoHoles) {
  Canvas canvas = ten_by_ten();
  canvas.line({{0, 0}, {10, 10}, {10, 0}}, kBlue);
  for (int i = 0; i <= 10; ++i) {
    EXPECT_EQ(pixel(canvas.picture(), i, 10 - i), kBlue) << i;
    EXPECT_EQ(pixel(canvas.picture(), 10, i), kBlue) << i;
  }
  EXPECT_EQ(count_of(canvas.picture(), kBlue), 21);
}

TEST(Canvas, LinesAreCutAtTheEdges) {
  Canvas canvas = ten_by_ten();
  canvas.line({{-1e9, 4}, {1e9, 4}}, kBlue);
  EXPECT_EQ(count_of(canvas.picture(), kBlue), 11);
  canvas.line({{-5, 20}, {20, 20}, {20, -7}}, kBlue);
  EXPECT_EQ(count_of(canvas.picture(), kBlue), 11) << "passes outside";
}

TEST(Canvas, WhatIsNotFiniteIsLeftOut) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  Canvas canvas = ten_by_ten();
  canvas.point(nan, 5, kBlue);
  canvas.point(5, infinity, kBlue);
  canvas.line({{0, 5}, {nan, 5}, {10, 5}, {10, infinity}}, kBlue);
  canvas.band({0, 10}, {nan, nan}, {10, 10}, kBlue, 1.0);
  EXPECT_EQ(count_of(canvas.picture(), kWhite), 121);
}

TEST(Canvas, BandsFillBetweenTheCurves) {
  Canvas canvas = ten_by_ten();
  canvas.band({2, 4, 8}, {1, 3, 3}, {1, 5, 50}, kBlue, 1.0);
  EXPECT_EQ(pixel(canvas.picture(), 1, 9), kWhite) << "before the first x";
  EXPECT_EQ(pixel(canvas.picture(), 9, 5), kWhite) << "behind the last x";
  const auto height = [&](int column) {
    int out = 0;
    for (int row = 0; row < 11; ++row) out += pixel(canvas.picture(), column, row) == kBlue ? 1 : 0;
    return out;
  };
  EXPECT_EQ(height(2), 1);
  EXPECT_EQ(height(3), 2) << "from 2 to 3";
  EXPECT_EQ(height(4), 3) << "from 3 to 5";
  EXPECT_EQ(height(8), 8) << "from 3 to the edge";
  EXPECT_THROW(canvas.band({1, 2}, {1}, {1, 2}, kBlue, 1.0), std::invalid_argument);
}

TEST(Canvas, AxesHaveMarksAtRoundValues) {
  Canvas canvas(101, 101, {-0.5, 9.5}, {0, 10});
  canvas.axes();
  const Picture& picture = canvas.picture();
  const auto is_marked = [&](int column) { return pixel(picture, column, 97) != kWhite; };
  for (const int value : {2, 4, 6, 8}) EXPECT_TRUE(is_marked(5 + 10 * value)) << value;
  EXPECT_FALSE(is_marked(5 + 10 * 3));
  EXPECT_NE(pixel(picture, 50, 0), kWhite);
  EXPECT_NE(pixel(picture, 100, 50), kWhite);
  EXPECT_EQ(pixel(picture, 50, 50), kWhite);
}

TEST(Canvas, RangesWithoutAWidthAreOurDefect) {
  EXPECT_THROW(Canvas(10, 10, {1, 1}, {0, 1}), std::invalid_argument);
  EXPECT_THROW(Canvas(10, 10, {0, 1}, {0, std::nan("")}), std::invalid_argument);
  EXPECT_THROW(Canvas(1, 10, {0, 1}, {0, 1}), std::invalid_argument);
}

TEST(DataRange, HoldsTheFiniteValues) {
  const DataRange range = range_of({3, std::nan(""), -1, 2});
  EXPECT_EQ(range.low, -1);
  EXPECT_EQ(range.high, 3);
  EXPECT_LT(range_of({4, 4}).with_margin(0.05).low, 4);
  EXPECT_LT(range_of({}).low, range_of({}).high);
  const DataRange wide = range.widened_to({-100, 4});
  EXPECT_EQ(wide.low, -3) << "at most half the width";
  EXPECT_EQ(wide.high, 4);
  EXPECT_EQ(range.widened_to({0, 1}).high, 3);
}

TEST(Stacked, PicturesLieBelowOneAnother) {
  Canvas first(4, 3, {0, 3}, {0, 2}), second(4, 2, {0, 3}, {0, 1});
  second.point(0, 0, kBlue, 0);
  const Picture both = stacked({first.picture(), second.picture()}, /*gutter=*/2);
  EXPECT_EQ(both.height, 7);
  EXPECT_EQ(pixel(both, 0, 6), kBlue);
  EXPECT_EQ(count_of(both, kWhite), 27);
  Canvas other(5, 3, {0, 3}, {0, 2});
  EXPECT_THROW(stacked({first.picture(), other.picture()}, 2), std::invalid_argument);
  EXPECT_THROW(stacked({}, 2), std::invalid_argument);
}

TEST(ClassColours, AreAllDifferent) {
  for (std::size_t i = 0; i < 10; ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(class_colour(i), class_colour(j));
  EXPECT_EQ(class_colour(10), class_colour(0));
  EXPECT_LT(darker(class_colour(1))[0], class_colour(1)[0]);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
