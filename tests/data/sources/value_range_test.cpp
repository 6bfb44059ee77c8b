// Numbers that are finite in a file and not in what a model computes in. Old code let them through
// as infinity.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "data/sources/support.h"
#include "elbow/data/sources/value_rules.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// Two columns, of which the second is named b, from line 2 of a text file.
RawData rows_of(const std::vector<double>& values) {
  RawData out;
  RawSplit split;
  split.file = "t.csv";
  split.first_line = 2;
  split.images.element = Element::f64;
  split.images.shape = {static_cast<std::int64_t>(values.size()) / 2, 2};
  split.images.bytes.assign(reinterpret_cast<const unsigned char*>(values.data()),
                            reinterpret_cast<const unsigned char*>(values.data() + values.size()));
  out.splits["train"] = std::move(split);
  out.event_shape = {2};
  out.info["columns"] = {"a", "b"};
  return out;
}

template <class Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const DataError& error) {
    return std::string(error.what()) + " | " + error.help();
  }
  return "";
}

TEST(ValueRange, ANumberBeyondFloat32IsNamedWithItsPlace) {
  const RawData data = rows_of({1, 2, 3, -1e45});
  EXPECT_THAT(error_of([&] { check_range(data, "float32"); }),
              AllOf(HasSubstr("t.csv:3: expected a number within the range of float32"),
                    HasSubstr("3.403e+38) in column 2 (b), found -1e+45"),
                    HasSubstr("rescale the column, or train with dtype: float64")));
  check_range(data, "float64");
  check_range(rows_of({1, 2, std::nan(""), 3.4e38}), "float32");
}

// Columns at 1e45 are near 1 once they are standardised, and so no trouble in float32.
TEST(ValueRange, StandardisedNumbersCount) {
  RawData fits = rows_of({1, 1e45, 3, 3e45});
  standardize_by(fits, {2, 2e45}, {1, 1e45});
  check_range(fits, "float32");
  EXPECT_NEAR(fits.splits.at("train").images.as<double>()[3], 1.0, 1e-15);
  RawData far = rows_of({1, 2, 1e45, 4});
  standardize_by(far, {2, 3}, {1, 1});
  EXPECT_THAT(
      error_of([&] { check_range(far, "float32"); }),
      AllOf(HasSubstr("t.csv:3"), HasSubstr("column 1 (a), found 1e+45, which standardising")));
}

TEST(ValueRange, WhatStandardisingTakesBeyondFloat64IsRefusedAsItStoodInTheFile) {
  RawData data = rows_of({1, 2, 1e308, 4});
  EXPECT_THAT(error_of([&] {
                standardize_by(data, {2, 3}, {0.01, 1});
              }),
              AllOf(HasSubstr("t.csv:3"), HasSubstr("column 1 (a), found 1e+308")));
}

TEST(ValueRange, PlacesOfExamples) {
  EXPECT_EQ(place_of_example(rows_of({1, 2, 3, 4}), "train", 1), "t.csv:3");
  RawData data = rows_of({1, 2, 3, 4, 5, 6, 7, 8});
  data.splits["train"].images.shape = {2, 2, 2};  // two steps or two data sets an example
  EXPECT_EQ(place_of_example(data, "train", 1), "t.csv:4");
  data.splits["train"].first_line = 0;
  EXPECT_EQ(place_of_example(data, "train", 0), "t.csv: row 0 (from 0)");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
