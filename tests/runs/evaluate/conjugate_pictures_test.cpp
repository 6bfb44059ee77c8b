// Pictures of conjugate models whose global factors are set by hand.
#include "elbow/runs/evaluate/conjugate_pictures.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "elbow/foundations/observe/canvas.h"
#include "elbow/models/conjugate/class_ellipses.h"
#include "elbow/models/conjugate/conjugate_model.h"
#include "elbow/models/conjugate/response_prediction.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

Experiment build(const std::string& text) {
  const auto config =
      load_config_text("name: shown\nseed: 1\ndevice: cpu\ndtype: float64\n" + text +
                           "\ninference: {type: conjugate}\ntrainer: {epochs: 20}\n",
                       "shown.yaml",
                       {},
                       full_schema());
  return build_experiment(ConfigNode(config.value), /*use_stand_in=*/false, at::Device(at::kCPU));
}

void fit(Experiment& experiment, int steps) {
  const auto rows = row_range(0, experiment.dataset->size("train"));
  for (int i = 0; i < steps; ++i)
    experiment.inference->step(
        std::vector<Batch>{{experiment.dataset->batch("train", rows, 1).x, rows}}, Clock{});
}

const char* kTwoClasses =
    "data: {type: synthetic_mixture, means: [-5, 0, 5, 0], scale: [1.0], train_size: 400}\n"
    "model: {type: mixture, num_components: 6, component: {type: normal_full}, "
    "weights: {type: dirichlet, concentration: 0.001}}";

Rgb pixel(const Picture& picture, int column, int row) {
  const std::size_t at = static_cast<std::size_t>(3 * (row * picture.width + column));
  return {picture.pixels[at], picture.pixels[at + 1], picture.pixels[at + 2]};
}

/// Pixels of a colour in a square around a place.
int near(const Picture& picture, double column, double row, int reach, const Rgb& colour) {
  int out = 0;
  for (int y = static_cast<int>(row) - reach; y <= static_cast<int>(row) + reach; ++y)
    for (int x = static_cast<int>(column) - reach; x <= static_cast<int>(column) + reach; ++x)
      if (x >= 0 && y >= 0 && x < picture.width && y < picture.height)
        out += pixel(picture, x, y) == colour ? 1 : 0;
  return out;
}

/// The window that a description names, to 3 digits.
struct Window {
  double left, right, bottom, top;
};

Window window_of(const std::string& description) {
  Window out{};
  EXPECT_EQ(std::sscanf(description.c_str(),
                        "feature 1 from %lf to %lf, feature 2 from %lf to %lf",
                        &out.left,
                        &out.right,
                        &out.bottom,
                        &out.top),
            4)
      << description;
  return out;
}

TEST(ConjugatePictures, MixtureHasEllipsesAroundItsClasses) {
  Experiment experiment = build(kTwoClasses);
  fit(experiment, 100);
  const auto found = conjugate_pictures(
      *experiment.modules.conjugate, experiment.modules.globals(), *experiment.dataset, /*seed=*/3);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name, "mixture");
  const Picture picture = decode_png(found[0].png, "mixture.png");
  EXPECT_EQ(picture.width, found[0].width);
  EXPECT_EQ(picture.height, found[0].height);
  const Window window = window_of(picture.description);
  const auto colours_at = [&](double x, double y, int reach, std::size_t k) {
    return near(picture,
                (x - window.left) / (window.right - window.left) * (picture.width - 1),
                (window.top - y) / (window.top - window.bottom) * (picture.height - 1),
                reach,
                darker(class_colour(k)));
  };
  const auto shapes =
      experiment.modules.conjugate->ellipses()->class_shapes(experiment.modules.globals());
  std::vector<std::size_t> drawn;
  for (std::size_t k = 0; k < shapes.size(); ++k)
    if (shapes[k].weight > 1.0 / 400) drawn.push_back(k);
  ASSERT_EQ(drawn.size(), 2u);
  // The heavier class has the first colour.
  if (shapes[drawn[0]].weight < shapes[drawn[1]].weight) std::swap(drawn[0], drawn[1]);
  for (std::size_t rank = 0; rank < 2; ++rank) {
    const ClassShape& shape = shapes[drawn[rank]];
    const double x = shape.mean[0].item<double>(), y = shape.mean[1].item<double>();
    // The classes' own moments: 200 draws leave errors of about 0.07.
    EXPECT_NEAR(std::abs(x), 5, 0.4);
    EXPECT_NEAR(shape.covariance[0][0].item<double>(), 1, 0.4);
    EXPECT_GT(colours_at(x, y, 3, rank), 20) << "the mean";
    for (const double scale : {1.0, 2.0}) {
      const double up = scale * std::sqrt(shape.covariance[1][1].item<double>());
      EXPECT_GT(colours_at(x, y + up, 2, rank), 2) << "top of the ellipse of " << scale;
      EXPECT_GT(colours_at(x, y - up, 2, rank), 2) << "its bottom";
    }
    EXPECT_EQ(colours_at(x, y, 3, 1 - rank), 0) << "the other class is elsewhere";
  }
}

TEST(ConjugatePictures, AreEqualEachTime) {
  Experiment experiment = build(kTwoClasses);
  fit(experiment, 3);
  const auto once = conjugate_pictures(
      *experiment.modules.conjugate, experiment.modules.globals(), *experiment.dataset, 3);
  const auto again = conjugate_pictures(
      *experiment.modules.conjugate, experiment.modules.globals(), *experiment.dataset, 3);
  ASSERT_EQ(once.size(), 1u);
  EXPECT_EQ(once[0].png, again.at(0).png);
}

TEST(ConjugatePictures, SequencesShowTheirStates) {
  Experiment experiment = build(
      "data: {type: synthetic_hmm, train_size: 6, validation_size: 0, test_size: 1}\n"
      "model: {type: hidden_markov, num_states: 2, component: {type: normal_full}}");
  fit(experiment, 10);
  const auto found = conjugate_pictures(
      *experiment.modules.conjugate, experiment.modules.globals(), *experiment.dataset, 3);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name, "state-paths");
  const Picture picture = decode_png(found[0].png, "state-paths.png");
  EXPECT_EQ(picture.height, 4 * 130 + 3 * 8) << "four of six sequences";
  // Each step of the first sequence has its state's colour in the strip of the first panel.
  const auto encoding = experiment.modules.conjugate->encode(
      experiment.dataset->batch("train", {0}, 0).x, experiment.modules.globals());
  const Tensor path = encoding.back().second[0];
  double most = 0;
  ASSERT_EQ(std::sscanf(picture.description.c_str(), "steps from 0 to %lf", &most), 1);
  const int row = static_cast<int>(std::lround(129 * 11.0 / 12.0));  // the middle of the strip
  for (std::int64_t t = 0; t < path.size(0); ++t) {
    const int state = static_cast<int>(path[t].item<double>());
    if (state < 0) break;
    const int column = static_cast<int>(
        std::lround((static_cast<double>(t) + 1.0) / (most + 2.0) * (picture.width - 1)));
    EXPECT_EQ(pixel(picture, column, row), class_colour(static_cast<std::size_t>(state))) << t;
  }
}

/// y = 2 x + 1 with a band of +- 1, whatever was learned.
class KnownLine : public ConjugateModel, public ResponsePrediction {
 public:
  LocalStep local_step(const Batch&, const Globals&, const Tensor&) const override { return {}; }
  std::vector<Tensor> initial(const InitialData&, RandomSource&) const override { return {}; }
  Prediction predict(const Tensor& x, const Globals&, double mass) const override {
    EXPECT_EQ(mass, 0.95);
    const Tensor mean = x.select(1, 0) * 2.0 + 1.0;
    return {mean, at::ones_like(mean), mean - 1.0, mean + 1.0, {}};
  }
  const ResponsePrediction* response() const override { return this; }
};

data::RawData four_points(std::int64_t num_responses) {
  data::RawData out;
  data::RawSplit split;
  const std::vector<double> values{-1, -1, 0, 1, 1, 3, 0.5, std::nan("")};
  const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
  split.images = {data::Element::f64, {4, 2}, {bytes, bytes + values.size() * sizeof(double)}};
  out.splits["train"] = split;
  out.event_shape = {2};
  out.num_responses = num_responses;
  out.info["columns"] = {"dose", "effect"};
  return out;
}

TEST(ConjugatePictures, PredictionIsALineInItsBand) {
  const Globals globals({}, {});
  const KnownLine model;
  const Dataset dataset(four_points(1), "none", 1, at::Device(at::kCPU), at::kDouble);
  const auto found = conjugate_pictures(model, globals, dataset, 3);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name, "prediction");
  const Picture picture = decode_png(found[0].png, "prediction.png");
  // The response from -1 to 3 and the band's ends at the ends of the inputs, with a margin.
  EXPECT_EQ(picture.description, "dose from -1.1 to 1.1, effect from -2.52 to 4.52");
  const auto at = [&](double x, double y) {
    return pixel(picture,
                 static_cast<int>(std::lround((x + 1.1) / 2.2 * (picture.width - 1))),
                 static_cast<int>(std::lround((4.52 - y) / 7.04 * (picture.height - 1))));
  };
  const Rgb white{255, 255, 255};
  for (const double x : {-0.7, -0.3, 0.4, 0.8}) {
    EXPECT_EQ(at(x, 2 * x + 1), class_colour(1)) << x;
    EXPECT_EQ(at(x, 2 * x + 1.9), at(x, 2 * x + 0.1)) << "the band";
    EXPECT_NE(at(x, 2 * x + 1.9), white);
    EXPECT_EQ(at(x, 2 * x + 2.1), white) << "above it";
  }
  const Dataset without(four_points(0), "none", 1, at::Device(at::kCPU), at::kDouble);
  EXPECT_TRUE(conjugate_pictures(model, globals, without, 3).empty());
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
