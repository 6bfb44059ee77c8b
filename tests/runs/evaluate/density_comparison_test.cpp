// The picture of what was fitted beside what it was fitted to.
#include "elbow/runs/evaluate/density_comparison.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

constexpr int kSide = 200, kGutter = 2;

Experiment build(const std::string& text) {
  const auto config = load_config_text(
      "name: plane\nseed: 1\ndevice: cpu\n" + text + "\ntrainer: {epochs: 1, batch_size: 16}\n",
      "plane.yaml",
      {},
      full_schema());
  auto out =
      build_experiment(ConfigNode(config.value), /*use_stand_in=*/false, at::Device(at::kCPU));
  out.modules.model->eval();
  out.modules.guide->eval();
  return out;
}

std::optional<DensityComparison> compare(const Experiment& experiment) {
  return density_comparison(experiment.modules, *experiment.dataset, /*seed=*/3);
}

/// The green channel rises with the density. @param side 0: left, 1: right
double green(const Picture& picture, int side, int x, int y) {
  const int column = side * (kSide + kGutter) + x;
  return picture.pixels[static_cast<std::size_t>(3 * (y * picture.width + column) + 1)];
}

struct Place {
  double x = 0, y = 0;
};

/// Where a side is bright, in pixels from its top left corner.
Place centre_of(const Picture& picture, int side) {
  double total = 0;
  Place out;
  const double dark = green(picture, side, 0, 0);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      const double weight = std::max(green(picture, side, x, y) - dark, 0.0);
      total += weight;
      out.x += weight * x;
      out.y += weight * y;
    }
  return {out.x / total, out.y / total};
}

double mean_difference(const Picture& picture) {
  double sum = 0;
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      sum += std::abs(green(picture, 0, x, y) - green(picture, 1, x, y));
  return sum / (kSide * kSide);
}

/// A guide before training, beside a target.
std::optional<DensityComparison> beside(const std::string& target, const std::string& guide) {
  return compare(
      build("data: {type: none, train_size: 32, validation_size: 16, test_size: 16}\n"
            "model: {type: target, target: {" +
            target + "}}\nguide: {" + guide + "}"));
}

const char* kStandard = "type: mixture, means: [0, 0], scale: [1.0]";
const char* kNormal = "posterior: {type: diag_normal}";

// A learned diagonal normal begins as the standard one.
TEST(DensityComparison, EqualDensitiesLookTheSame) {
  const auto found = beside(kStandard, kNormal);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "target-and-fit");
  EXPECT_EQ(found->picture.width, 2 * kSide + kGutter);
  EXPECT_EQ(found->picture.height, kSide);
  EXPECT_LT(mean_difference(found->picture), 0.1);
  // Its density at the centre is what fills the scale of colours.
  EXPECT_GT(green(found->picture, 0, kSide / 2, kSide / 2), 200);
}

// 30 draws a cell in the middle: a fifth of its brightness in noise.
TEST(DensityComparison, DrawsTakeThePlaceOfAFormula) {
  const auto found =
      beside(kStandard, std::string(kNormal) + ", flows: [{type: sylvester_orthogonal}]");
  ASSERT_TRUE(found);
  const Place left = centre_of(found->picture, 0), right = centre_of(found->picture, 1);
  EXPECT_NEAR(left.x, right.x, 8);
  EXPECT_NEAR(left.y, right.y, 8);
  EXPECT_LT(mean_difference(found->picture), 12);
}

TEST(DensityComparison, SecondCoordinateRunsUpwards) {
  const auto found = beside("type: mixture, means: [3, 2], scale: [0.5]", kNormal);
  ASSERT_TRUE(found);
  const Place target = centre_of(found->picture, 0), fit = centre_of(found->picture, 1);
  EXPECT_GT(target.x, fit.x + 10);
  EXPECT_LT(target.y, fit.y - 10);
}

TEST(DensityComparison, EnergiesAreShownWhereTheirMassIs) {
  const auto found = beside("type: u1", kNormal);
  ASSERT_TRUE(found);
  // A ring of radius 2 with its bright parts left and right, and nothing in the middle.
  const Picture& picture = found->picture;
  EXPECT_LT(green(picture, 0, kSide / 2, kSide / 2), 60);
  double left = 0, right = 0;
  for (int x = 0; x < kSide / 2; ++x) {
    left = std::max(left, green(picture, 0, x, kSide / 2));
    right = std::max(right, green(picture, 0, kSide - 1 - x, kSide / 2));
  }
  EXPECT_GT(left, 150);
  EXPECT_GT(right, 150);
}

TEST(DensityComparison, DataStandBesideTheModel) {
  const auto experiment = build(
      "data: {type: synthetic_mixture, means: [5, -5], scale: [1.0], train_size: 4000}\n"
      "model: {type: density, density: {type: flow, flows: [{type: actnorm}]}}");
  const auto found = compare(experiment);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "data-and-model");
  // actnorm takes the data to the standard normal before training.
  const Place data = centre_of(found->picture, 0), model = centre_of(found->picture, 1);
  EXPECT_NEAR(data.x, model.x, 12);
  EXPECT_NEAR(data.y, model.y, 12);
}

// A heavy mode to the right of a light one, and above it: neither turned round nor transposed.
TEST(DensityComparison, HistogramsLieAsTheDataDo) {
  const auto experiment = build(
      "data: {type: synthetic_mixture, means: [0, 0, 6, 2], scale: [0.5], weights: [1, 3], "
      "train_size: 4000}\n"
      "model: {type: density, density: {type: flow, flows: [{type: actnorm}]}}");
  const auto found = compare(experiment);
  ASSERT_TRUE(found);
  const Place data = centre_of(found->picture, 0);
  EXPECT_GT(data.x, kSide / 2 + 15);
  EXPECT_LT(data.y, kSide / 2 - 15);
}

// The sheets of u4 reach further down than up: a window turned round would cut them.
TEST(DensityComparison, LopsidedTargetsAreShownWhole) {
  const auto found = beside("type: u4", kNormal);
  ASSERT_TRUE(found);
  const Picture& picture = found->picture;
  double edge = 0, brightest = 0;
  for (int x = 0; x < kSide; ++x) {
    edge = std::max({edge, green(picture, 0, x, 0), green(picture, 0, x, kSide - 1)});
    for (int y = 0; y < kSide; ++y) brightest = std::max(brightest, green(picture, 0, x, y));
  }
  const double dark = green(picture, 0, 0, 0);
  EXPECT_LT(edge - dark, 0.25 * (brightest - dark));
}

TEST(DensityComparison, OtherSizesHaveNone) {
  EXPECT_FALSE(beside("type: funnel, size: 3", kNormal));
  EXPECT_FALSE(compare(
      build("data: {type: synthetic_linear_gaussian}\n"
            "model: {latent_size: 2, likelihood: {type: normal, network: {type: mlp, hidden_sizes: "
            "[4]}}}\n"
            "guide: {posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [4]}}}")));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
