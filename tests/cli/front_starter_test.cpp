// The starter configuration follows the data's range.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>

#include "cli/common/starter_config.h"
#include "cli/front_test_support.h"
#include "elbow/data/sources/formats.h"
#include "elbow/foundations/core/error.h"

namespace elbow::cli {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using ::testing::Not;

data::Array bytes_array(std::vector<std::int64_t> shape, int modulus) {
  data::Array array;
  array.shape = std::move(shape);
  array.bytes.resize(static_cast<std::size_t>(array.count()));
  for (std::size_t i = 0; i < array.bytes.size(); ++i)
    array.bytes[i] = static_cast<unsigned char>(i % static_cast<std::size_t>(modulus));
  return array;
}

data::Array float_array(std::vector<std::int64_t> shape, float scale, float shift) {
  data::Array array;
  array.element = data::Element::f32;
  array.shape = std::move(shape);
  std::vector<float> values(static_cast<std::size_t>(array.count()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = scale * static_cast<float>(i % 11) / 10.0f + shift;
  array.bytes.resize(values.size() * sizeof(float));
  std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
  return array;
}

class Starter : public ::testing::Test {
 protected:
  std::string starter_for(const std::string& name, const std::string& bytes) {
    folder_.write(name, bytes);
    return starter_config(inspect_data(folder_ / name));
  }
  test::CliFolder folder_;
};

TEST_F(Starter, GreyImagesAreDrawnAndScoredByBernoulli) {
  const std::string text = starter_for("cats.idx", data::encode_idx(bytes_array({40, 6, 6}, 251)));
  EXPECT_THAT(text, HasSubstr("type: bernoulli"));
  EXPECT_THAT(text, HasSubstr("binarize: dynamic"));
  EXPECT_THAT(text, HasSubstr("train: \"" + folder_.path() + "/cats.idx\""));
  EXPECT_THAT(text, HasSubstr("validation_size: 4\n"));
  EXPECT_THAT(text, HasSubstr("name: vae-cats\n"));
}

TEST_F(Starter, TheIndexOfPandasIsLeftOut) {
  const std::string text = starter_for("i.csv", ",a,b\n7,0.5,0.25\n8,1,0\n");
  EXPECT_THAT(text, HasSubstr("columns: [1,2]"));
  EXPECT_THAT(text, HasSubstr("2 examples of 2 values, from 0 to 1"));
  EXPECT_THAT(starter_for("n.csv", "a,b\n0.5,0.25\n1,0\n"), Not(HasSubstr("columns:")));
}

TEST_F(Starter, BinaryTablesAreScoredByBernoulli) {
  const std::string text = starter_for("bits.npy", data::encode_npy(bytes_array({30, 70}, 2)));
  EXPECT_THAT(text, HasSubstr("type: bernoulli"));
  EXPECT_THAT(text, HasSubstr("type: table"));
  EXPECT_THAT(text, Not(HasSubstr("standardize")));
}

TEST_F(Starter, ValuesInTheUnitIntervalAreScoredByContinuousBernoulli) {
  const std::string text =
      starter_for("unit.npy", data::encode_npy(float_array({30, 5}, 1.0f, 0.0f)));
  EXPECT_THAT(text, HasSubstr("type: continuous_bernoulli"));
  EXPECT_THAT(text, Not(HasSubstr("standardize")));
}

TEST_F(Starter, RealValuesAreStandardisedAndScoredByANormal) {
  const std::string text = starter_for("real.csv", "a,b\n1.5,-2\n3,4\n0,1\n");
  EXPECT_THAT(text, HasSubstr("type: normal"));
  EXPECT_THAT(text, HasSubstr("standardize: true"));
  EXPECT_THAT(text, HasSubstr("latent_size: 1\n"));
  EXPECT_THAT(text, HasSubstr("batch_size: 3\n"));
}

std::string table(int rows, const std::function<double(int row, int column)>& value) {
  std::string out;
  for (int row = 0; row < rows; ++row)
    out += std::to_string(value(row, 0)) + "," + std::to_string(value(row, 1)) + "\n";
  return out;
}

TEST_F(Starter, TablesOfCountsAreScoredAsCounts) {
  // Variance 2 at mean 2, and 25 at mean 5.
  const auto even = [](int row, int) { return std::vector<int>{0, 1, 1, 2, 2, 2, 3, 5}[row % 8]; };
  const std::string poisson = starter_for("even.csv", table(400, even));
  EXPECT_THAT(poisson, HasSubstr("type: poisson\n"));
  EXPECT_THAT(poisson, Not(HasSubstr("standardize")));
  const auto wide = [](int row, int column) { return (row + column) % 2 * 10; };
  const std::string spread = starter_for("wide.csv", table(400, wide));
  EXPECT_THAT(spread, HasSubstr("type: negative_binomial\n"));
  EXPECT_THAT(spread, HasSubstr("dispersion: per_element"));
  EXPECT_THAT(spread, HasSubstr("activation: relu, input: symlog}"));
  EXPECT_THAT(spread, HasSubstr("variance is 5.01 times their mean"));
  EXPECT_THAT(spread, Not(HasSubstr("standardize")));
}

TEST_F(Starter, ColumnsWithHeavyTailsAreScoredByStudentsT) {
  const auto light = [](int row, int) { return std::sin(row) * 3; };
  EXPECT_THAT(starter_for("light.csv", table(400, light)), HasSubstr("type: normal\n"));
  const auto heavy = [&light](int row, int column) {
    return row % 100 == 7 ? 200.0 : light(row, column);
  };
  const std::string text = starter_for("heavy.csv", table(400, heavy));
  EXPECT_THAT(text, HasSubstr("type: student_t\n"));
  EXPECT_THAT(text, HasSubstr("1 % of the values lie more than 6 robust deviations"));
  EXPECT_THAT(text, HasSubstr("standardize: true"));
}

TEST_F(Starter, ColourImagesOfBytesAreScoredLevelByLevel) {
  const std::string text =
      starter_for("colour.idx", data::encode_idx(bytes_array({40, 3, 6, 6}, 251)));
  EXPECT_THAT(text, HasSubstr("type: discretized_logistic\n"));
  EXPECT_THAT(text, HasSubstr("num_components: 5"));
  EXPECT_THAT(text, Not(HasSubstr("binarize")));
}

TEST_F(Starter, RealImagesAreNotDrawnFrom) {
  const std::string text =
      starter_for("depth.idx", data::encode_idx(float_array({20, 3, 3}, 7.0f, -1.0f)));
  EXPECT_THAT(text, HasSubstr("type: normal"));
  EXPECT_THAT(text, Not(HasSubstr("binarize")));
}

TEST_F(Starter, AFolderNeedsItsTrainingImages) {
  EXPECT_THROW(inspect_data(folder_.path()), DataError);
  folder_.write("train-images-idx3-ubyte", data::encode_idx(bytes_array({40, 6, 6}, 251)));
  const std::string text = starter_config(inspect_data(folder_.path()));
  EXPECT_THAT(text, HasSubstr("path: \"" + folder_.path() + "\""));
  EXPECT_THAT(text, HasSubstr("validation_size: 4\n"));
  folder_.write("valid-images-idx3-ubyte", "");
  EXPECT_THAT(starter_config(inspect_data(folder_.path())), Not(HasSubstr("validation_size")));
}

TEST_F(Starter, GapsAreAllowedAndTheRestIsJudged) {
  const std::string text = starter_for("gaps.csv", "4,nan\n2,3\nnan,5\n");
  EXPECT_THAT(text, HasSubstr("allow_nan: true"));
  EXPECT_THAT(text, HasSubstr("type: poisson"));
}

TEST_F(Starter, WhatCannotBeTrainedOnIsRefused) {
  EXPECT_THROW(starter_for("inf.csv", "1,inf\n2,3\n"), DataError);
  EXPECT_THROW(starter_for("nan.csv", "nan,nan\nnan,nan\n"), DataError);
  EXPECT_THROW(starter_for("cube.npy", data::encode_npy(float_array({5, 3, 3}, 1.0f, 0.0f))),
               DataError);
  EXPECT_THROW(inspect_data(folder_ / "missing.npy"), DataError);
}

TEST_F(Starter, StrangeFileNamesStayPlainInTheRunNameAndWholeInThePath) {
  const std::string text = starter_for("a b: \"c\".csv", "1.5,2\n3,4\n");
  EXPECT_THAT(text, HasSubstr("name: vae-a-b---c-\n"));
  EXPECT_THAT(text, HasSubstr("a b: \\\"c\\\".csv\""));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::cli
