// Closed facts about counts, ordered classes and grids: extremes, limits of families, draws.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/probability/distributions/mixture.h"
#include "elbow/probability/distributions/pixel_mixture.h"
#include "probability/distributions/conformance_support.h"
#include "probability/distributions/golden_values.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::seeded;

const auto kDoubles = at::TensorOptions(at::kDouble);

Tensor number(double value) { return at::full({}, value, kDoubles); }

double log_prob(const Distribution& p, double value) {
  return p.log_prob(number(value)).item<double>();
}

void expect_finite_gradients(const Distribution& p, const Tensor& value) {
  const Tensor mass = p.log_prob(value);
  EXPECT_TRUE(mass.isfinite().all().item<bool>()) << p.name() << mass;
  mass.sum().backward();
  for (const auto& [name, tensor] : p.parameters())
    if (tensor.requires_grad()) {
      ASSERT_TRUE(tensor.grad().defined()) << p.name() << " " << name;
      EXPECT_TRUE(tensor.grad().isfinite().all().item<bool>()) << p.name() << " " << name;
    }
}

TEST(Counts, OutsideTheMassIsZeroAndSoIsItsGradient) {
  for (const char* name : {"poisson", "negative_binomial", "zero_inflated_negative_binomial"})
    for (const double value : std::vector<double>{-1.0, 0.5, 3.25, INFINITY, NAN}) {
      const auto p = testing::example(name, {}, 1);
      const Tensor mass = p->log_prob(number(value));
      EXPECT_TRUE(mass.isneginf().item<bool>()) << name << " " << value;
      mass.backward();
      for (const auto& [key, tensor] : p->parameters()) {
        if (key == "zero_logit") continue;  // its own probability of no zero has a slope
        EXPECT_EQ(tensor.grad().abs().sum().item<double>(), 0.0) << name << " " << key;
      }
    }
}

TEST(Counts, ExtremesHaveFiniteMassesAndGradientsInFloat32) {
  const auto leaf = [](const std::vector<double>& values) {
    return at::tensor(values, at::kFloat).requires_grad_();
  };
  const Tensor counts = at::tensor({0.0f, 1.0f, 1e6f, 1e6f, 0.0f, 2e6f});
  const std::vector<double> log_means = {-18.4, -18.4, -18.4, 13.8, 13.8, 13.8};
  expect_finite_gradients(Poisson(leaf(log_means)), counts);
  for (const double dispersion : {-30.0, -10.0, 0.0, 10.0}) {
    const auto counted = std::make_shared<NegativeBinomial>(
        leaf(log_means), at::full({6}, dispersion, at::kFloat).requires_grad_());
    expect_finite_gradients(*counted, counts);
    for (const double logit : {-60.0, 0.0, 60.0})
      expect_finite_gradients(
          ZeroInflated(at::full({6}, logit, at::kFloat).requires_grad_(), counted), counts);
  }
  // A mean beyond all numbers is what a network says that begins far from the data.
  const NegativeBinomial huge(leaf({3000.0, 3000.0}), at::zeros({2}));
  const Tensor few = at::tensor({0.0f, 3.0f});
  EXPECT_TRUE(at::allclose(huge.log_prob(few),
                           at::tensor({-3000.0f, -3000.0f}),  // r = 1 is geometric
                           1e-6));
  expect_finite_gradients(huge, few);
  EXPECT_TRUE(at::allclose(huge.parameters()[0].second.grad(), at::full({2}, -1.0f)));
  // The rate itself underflows.
  expect_finite_gradients(Poisson(leaf({-1000.0, -1000.0})), at::tensor({0.0f, 3.0f}));
}

TEST(Counts, Float32KeepsTheDigitsOfALargeCount) {
  const Tensor x = at::tensor({1000000.0, 1001000.0, 998000.0}, kDoubles);
  const Tensor log_mean = at::full({3}, std::log(1e6), kDoubles);
  for (const double dispersion : {-20.0, 0.0}) {
    const Tensor narrow = log_mean.to(at::kFloat), d = at::full({3}, dispersion, at::kFloat);
    const NegativeBinomial wide(narrow.to(at::kDouble), d.to(at::kDouble));
    const Tensor ours = NegativeBinomial(narrow, d).log_prob(x.to(at::kFloat));
    EXPECT_TRUE(at::allclose(ours.to(at::kDouble), wide.log_prob(x), 1e-6, 1e-6)) << ours;
  }
}

TEST(NegativeBinomial, WithoutDispersionIsPoisson) {
  for (const double value : {0.0, 1.0, 12.0, 3000.0}) {
    const double poisson = log_prob(Poisson(number(2.5)), value);
    const NegativeBinomial nearly(number(2.5), number(-30.0));
    EXPECT_NEAR(log_prob(nearly, value), poisson, 1e-6 * std::max(1.0, std::abs(poisson)));
  }
}

TEST(ZeroInflated, LimitsAreTheCountsAndZero) {
  const auto counts = std::make_shared<Poisson>(number(0.7));
  const ZeroInflated never(number(-800.0), counts), always(number(800.0), counts);
  for (const double value : {0.0, 1.0, 5.0})
    EXPECT_NEAR(log_prob(never, value), log_prob(*counts, value), 1e-15);
  EXPECT_EQ(log_prob(always, 0.0), 0.0);
  EXPECT_NEAR(log_prob(always, 2.0), -800 + log_prob(*counts, 2.0), 1e-12);
  EXPECT_EQ(never.name(), "zero_inflated_poisson");
}

// Pearson's statistic of 200000 draws over the counts whose expected number is at least 10; four
// standard deviations above its mean: below 1e-3 by chance for each rate, and never once the seed
// has passed.
TEST(Poisson, DrawsHaveTheirMassesOnBothSidesOfTheRejection) {
  constexpr int kDraws = 100000;
  for (const double rate : {0.3, 9.99, 10.0, 300.0}) {
    auto source = seeded(11);
    const Poisson p(number(std::log(rate)));
    const Tensor draws = p.sample({kDraws}, source);
    const Tensor values = at::arange(0, 1000, kDoubles);
    const Tensor expected = p.log_prob(values).exp() * kDraws;
    const Tensor found = at::bincount(draws.to(at::kLong), {}, 1000).narrow(0, 0, 1000);
    const Tensor is_common = expected.ge(10);
    const Tensor terms = ((found - expected).square() / expected).masked_select(is_common);
    const double cells = static_cast<double>(terms.numel());
    EXPECT_LT(terms.sum().item<double>(), cells + 4 * std::sqrt(2 * cells)) << "rate " << rate;
  }
}

TEST(Poisson, DrawsOfHugeRatesAreAboutThem) {
  auto source = seeded(12);
  const Tensor draws = Poisson(number(std::log(1e9))).sample({20000}, source);
  testing::expect_mean(draws, number(1e9), "mean");
  testing::expect_mean((draws - 1e9).square(), number(1e9), "variance");
}

TEST(DiscretizedLogistic, EndsTakeTheTailsAndNoLevelIsImpossible) {
  const Tensor levels = at::arange(256, at::kFloat) / 255;
  for (const double loc : {-5.0, 0.0, 0.5, 1.0, 40.0})
    for (const double log_scale : {-7.7, -3.0, 0.0, 15.0}) {
      const Tensor centre = at::full({}, loc, at::kFloat).requires_grad_(),
                   width = at::full({}, log_scale, at::kFloat).requires_grad_();
      const DiscretizedLogistic p(centre, width, LevelGrid{});
      expect_finite_gradients(p, levels);
      EXPECT_NEAR(p.log_prob(levels).logsumexp(0).item<float>(), 0.0f, 2e-4f)
          << loc << " " << log_scale;
    }
  const DiscretizedLogistic wide(number(0.5), number(-2.0), LevelGrid{});
  const double edge = 0.5 / 255, z = (edge - 0.5) * std::exp(2.0);
  EXPECT_NEAR(log_prob(wide, 0.0), -std::log1p(std::exp(-z)), 1e-13);
  EXPECT_NEAR(log_prob(wide, 1.0), -std::log1p(std::exp(-z)), 1e-13);
  EXPECT_EQ(log_prob(wide, -1.0 / 255), -INFINITY);
  EXPECT_EQ(log_prob(wide, 256.0 / 255), -INFINITY);
}

TEST(DiscretizedLogistic, MixturesSumToOneAndHaveTheirMoments) {
  const LevelGrid grid{11, -1.0, 0.2};
  const Tensor logits = at::tensor({0.3, -1.0, 0.8}, kDoubles);
  const auto parts = std::make_shared<DiscretizedLogistic>(
      at::tensor({-0.9, 0.1, 0.7}, kDoubles), at::tensor({-1.0, -3.0, 0.5}, kDoubles), grid);
  const Mixture p(logits, parts);
  const Tensor levels = at::arange(11, kDoubles) * 0.2 - 1;
  const Tensor mass = p.log_prob(levels).exp();
  EXPECT_NEAR(mass.sum().item<double>(), 1.0, 1e-12);
  EXPECT_NEAR((mass * levels).sum().item<double>(), p.mean().item<double>(), 1e-12);
  EXPECT_NEAR((mass * (levels - p.mean()).square()).sum().item<double>(),
              p.variance().item<double>(),
              1e-12);
}

PixelMixture small_pixels(const LevelGrid& grid, const Shape& batch, std::int64_t components) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(3);
  const auto draw = [&](const Shape& tail, double scale, double centre) {
    return (at::randn(testing::joined({batch, tail}), generator, kDoubles) * scale + centre)
        .requires_grad_();
  };
  const Shape channels{3, 1, 2, components};
  const Tensor logits = draw({1, 2, components}, 1, 0), loc = draw(channels, 0.4, 0.5);
  const Tensor log_scale = draw(channels, 0.3, -1.5), coefficients = draw(channels, 0.5, 0);
  return PixelMixture(logits, loc, log_scale, coefficients, grid);
}

/// Every colour of one pixel, [levels^3, 3].
Tensor all_colours(const LevelGrid& grid) {
  const Tensor levels = at::arange(grid.num_levels, kDoubles) * grid.step + grid.lowest;
  return at::cartesian_prod({levels, levels, levels});
}

TEST(PixelMixture, ColoursOfAPixelSumToOne) {
  const LevelGrid grid{5, 0.0, 0.25};
  const PixelMixture p = small_pixels(grid, {}, 3);
  const Tensor colours = all_colours(grid);  // the other pixel stays at one colour
  Tensor images = at::zeros({125, 3, 1, 2}, kDoubles);
  images.select(-1, 0).squeeze(-1).copy_(colours);
  const Tensor mass = p.log_prob(images).exp().sum();
  Tensor others = at::zeros({125, 3, 1, 2}, kDoubles);
  others.select(-1, 1).squeeze(-1).copy_(colours);
  // Pixels are independent: p(a, b) summed over a, and over b, give p(b0) and p(a0).
  const Tensor other_mass = p.log_prob(others).exp().sum();
  const Tensor both = p.log_prob(images[0]).exp();  // both pixels black, as the fixed ones
  EXPECT_NEAR((mass * other_mass / both).item<double>(), 1.0, 1e-12);
}

// Salimans et al., 2017, section 2.2, written out for one pixel and one component.
TEST(PixelMixture, ConditionsGreenOnRedAndBlueOnBoth) {
  const LevelGrid grid{};
  const auto numbers = [](std::vector<double> values) {
    return at::tensor(values, kDoubles).view({3, 1, 1, 1});
  };
  const std::vector<double> loc{0.2, 0.5, 0.8}, log_scale{-2, -3, -4}, c{0.5, -0.3, 0.7};
  const PixelMixture p(
      at::zeros({1, 1, 1}, kDoubles), numbers(loc), numbers(log_scale), numbers(c), grid);
  const double red = 100.0 / 255, green = 30.0 / 255, blue = 255.0 / 255;
  const double expected =
      log_prob(DiscretizedLogistic(number(0.2), number(-2), grid), red) +
      log_prob(DiscretizedLogistic(number(0.5 + 0.5 * (red - 0.5)), number(-3), grid), green) +
      log_prob(DiscretizedLogistic(
                   number(0.8 - 0.3 * (red - 0.5) + 0.7 * (green - 0.5)), number(-4), grid),
               blue);
  const Tensor x = at::tensor({red, green, blue}, kDoubles).view({3, 1, 1});
  EXPECT_NEAR(p.log_prob(x).item<double>(), expected, 1e-12 * std::abs(expected));
}

// Pearson's statistic over the colours of one pixel, as for Poisson draws.
TEST(PixelMixture, DrawsHaveTheirMasses) {
  constexpr int kDraws = 100000;
  const LevelGrid grid{3, 0.0, 0.5};
  const PixelMixture p = small_pixels(grid, {}, 2);
  auto source = seeded(7);
  const Tensor draws = p.sample({kDraws}, source);
  EXPECT_EQ(draws.sizes(), (Shape{kDraws, 3, 1, 2}));
  const Tensor level = (draws.select(-1, 0).squeeze(-1) * 2).round().to(at::kLong);
  const Tensor code = level.select(1, 0) * 9 + level.select(1, 1) * 3 + level.select(1, 2);
  const Tensor found = at::bincount(code, {}, 27);
  Tensor images = at::zeros({27, 27, 3, 1, 2}, kDoubles);
  const Tensor colours = all_colours(grid);
  images.select(-1, 0).squeeze(-1).copy_(colours.unsqueeze(1).expand({27, 27, 3}));
  images.select(-1, 1).squeeze(-1).copy_(colours.unsqueeze(0).expand({27, 27, 3}));
  const Tensor expected = p.log_prob(images).exp().sum(1) * kDraws;
  EXPECT_NEAR(expected.sum().item<double>(), kDraws, 1e-6);
  const Tensor terms = ((found - expected).square() / expected).masked_select(expected.ge(10));
  const double cells = static_cast<double>(terms.numel());
  EXPECT_LT(terms.sum().item<double>(), cells + 4 * std::sqrt(2 * cells));
}

TEST(PixelMixture, KeepsTheContractOfShapesDrawsAndGradients) {
  const PixelMixture p = small_pixels(LevelGrid{}, {2, 4}, 3);
  EXPECT_EQ(p.batch_shape(), (Shape{2, 4}));
  EXPECT_EQ(p.event_shape(), (Shape{3, 1, 2}));
  auto source = seeded(8), again = seeded(8);
  const Tensor draw = p.sample({5}, source);
  EXPECT_EQ(draw.sizes(), (Shape{5, 2, 4, 3, 1, 2}));
  EXPECT_FALSE(draw.requires_grad());
  EXPECT_TRUE(at::equal(p.detach()->sample({5}, again), draw));
  EXPECT_EQ(p.log_prob(draw).sizes(), (Shape{5, 2, 4}));
  EXPECT_EQ(p.location().sizes(), (Shape{2, 4, 3, 1, 2}));
  EXPECT_THROW(p.mean(), c10::Error);
  const PixelMixture one = small_pixels(LevelGrid{}, {}, 2);
  testing::expect_gradient(one, [&] { return one.log_prob(draw[0]).sin().sum(); });
}

TEST(Ordinal, NarrowClassesFarFromTheLocationStayPossible) {
  const Tensor loc = at::tensor({-80.0, 0.0, 80.0}, at::kFloat).requires_grad_();
  const Ordinal p(loc, at::full({}, -1.0, at::kFloat), at::tensor({-20.0f, 0.0f}));
  for (const float value : {0.0f, 1.0f, 2.0f, 3.0f})
    EXPECT_TRUE(p.log_prob(at::full({3}, value)).isfinite().all().item<bool>()) << value;
  EXPECT_THROW(Ordinal(number(0), number(0), at::zeros({0}, kDoubles)), c10::Error);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
