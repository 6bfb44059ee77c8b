// Importance-weighted and Renyi bounds: limits, order, known values.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "elbow/probability/distributions/normal.h"
#include "inference/objectives/support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::make_objective;

Tensor random_weights(std::int64_t count, std::int64_t batch, double spread = 2.0) {
  GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(11));
  return source.normal({count, batch}, at::kDouble) * spread - 3;
}

double distance(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }

Tensor value(const std::string& name, const Json& options, const Tensor& weights) {
  return make_objective(name, options)->reduce(weights);
}

TEST(WeightedBounds, LimitsOfAlphaAreTheElboIwaeAndTheMaximum) {
  const Tensor weights = random_weights(7, 40);
  const Tensor elbo = value("elbo", {}, weights), iwae = value("iwae", {}, weights),
               largest = value("vr_max", {}, weights);
  EXPECT_LT(distance(value("renyi", {{"alpha", 1.0}}, weights), elbo), 1e-12);
  EXPECT_LT(distance(value("renyi", {{"alpha", 0.0}}, weights), iwae), 1e-12);
  EXPECT_LT(distance(value("renyi", {{"alpha", -1e14}}, weights), largest), 1e-12);
  EXPECT_LT(distance(value("power_mean", {{"order", 0.0}}, weights), elbo), 1e-12);
  EXPECT_LT(distance(value("power_mean", {{"order", 1.0}}, weights), iwae), 1e-12);
  EXPECT_LT(distance(value("power_mean", {{"order", 0.3}}, weights),
                     value("renyi", {{"alpha", 0.7}}, weights)),
            1e-12);
  EXPECT_LT(distance(value("bb_alpha", {{"alpha", 0.3}}, weights),
                     value("power_mean", {{"order", 0.3}}, weights)),
            1e-15);
}

// (1/a) log mean exp(a d) = mean d + a var / 2 + O(a^2): no digits may be lost on the way to 0.
TEST(WeightedBounds, IsSmoothWhereTheOrderGoesThroughZero) {
  const Tensor weights = random_weights(7, 40);
  const Tensor mean = weights.mean(0), variance = weights.var(0, /*unbiased=*/false);
  for (const double order : {1e-12, -1e-12, 1e-9, -1e-9, 1e-6, -1e-6}) {
    const Tensor expected = mean + variance * (order / 2);
    EXPECT_LT(distance(value("power_mean", {{"order", order}}, weights), expected),
              1e-13 + 40 * order * order)
        << order;
  }
  for (const double order : {0.0099999, -0.0099999}) {
    const double next = order * 1.0001;
    const Tensor step = value("power_mean", {{"order", next}}, weights) -
                        value("power_mean", {{"order", order}}, weights);
    EXPECT_LT(step.abs().max().item<double>(), 2e-5);
  }
}

TEST(WeightedBounds, FallsWithAlpha) {
  const Tensor weights = random_weights(6, 50);
  Tensor above = value("renyi", {{"alpha", -50.0}}, weights);
  for (const double alpha : {-5.0, -1.0, -0.3, 0.0, 0.5, 0.999, 1.0, 1.001, 2.0, 30.0}) {
    const Tensor here = value("renyi", {{"alpha", alpha}}, weights);
    EXPECT_TRUE((here <= above + 1e-12).all().item<bool>()) << alpha;
    above = here;
  }
}

// For every example, not only on average: the bound of K draws against the mean of the bounds over
// all subsets of k of them.
TEST(WeightedBounds, RiseWithTheNumberOfParticlesOverAllSubsets) {
  constexpr std::int64_t kCount = 6;
  const Tensor weights = random_weights(kCount, 50);
  for (const double alpha : {0.0, 0.25, 0.75, 1.0}) {
    const auto bound = make_objective("renyi", {{"alpha", alpha}});
    std::vector<Tensor> sums(kCount + 1);
    std::vector<double> counts(kCount + 1, 0.0);
    for (std::uint32_t subset = 1; subset < (1u << kCount); ++subset) {
      std::vector<std::int64_t> chosen;
      for (std::int64_t k = 0; k < kCount; ++k)
        if ((subset >> k & 1u) != 0) chosen.push_back(k);
      const Tensor here = bound->reduce(weights.index_select(0, at::tensor(chosen, at::kLong)));
      Tensor& sum = sums[chosen.size()];
      sum = sum.defined() ? sum + here : here;
      counts[chosen.size()] += 1;
    }
    for (std::size_t k = 2; k <= kCount; ++k)
      EXPECT_TRUE((sums[k] / counts[k] >= sums[k - 1] / counts[k - 1] - 1e-12).all().item<bool>())
          << "alpha " << alpha << ", " << k << " particles";
  }
}

TEST(WeightedBounds, GroupsOfOneAreTheElboAndOneGroupIsIwae) {
  const Tensor weights = random_weights(12, 30);
  const Tensor elbo = value("elbo", {}, weights), iwae = value("iwae", {}, weights);
  EXPECT_LT(distance(value("miwae", {{"num_groups", 12}, {"group_size", 1}}, weights), elbo),
            1e-12);
  EXPECT_LT(distance(value("miwae", {{"num_groups", 1}, {"group_size", 12}}, weights), iwae),
            1e-12);
  EXPECT_LT(distance(value("ciwae", {{"beta", 1.0}}, weights), elbo), 1e-12);
  EXPECT_LT(distance(value("ciwae", {{"beta", 0.0}}, weights), iwae), 1e-12);
  const Tensor groups = value("miwae", {{"num_groups", 3}, {"group_size", 4}}, weights);
  EXPECT_TRUE((groups > elbo).all().item<bool>());
  EXPECT_TRUE((groups < iwae).all().item<bool>());
}

// A weight that is drawn with probability 3/4 counts three times as much as one with 1/4.
TEST(WeightedBounds, StrataCountByTheirMass) {
  const Tensor weights = at::tensor({0.3, -1.2}, at::kDouble).view({2, 1});
  const Tensor masses = at::tensor({0.75, 0.25}, at::kDouble).log().view({2, 1});
  const double iwae = std::log(0.75 * std::exp(0.3) + 0.25 * std::exp(-1.2));
  EXPECT_NEAR(make_objective("iwae")->reduce(weights, masses).item<double>(), iwae, 1e-14);
  EXPECT_NEAR(make_objective("elbo")->reduce(weights, masses).item<double>(), -0.075, 1e-14);
}

/// ln w of draws of q = N(mean, scale^2) in the toy model z ~ N(0, 1), x | z ~ N(z, 1), x = 1.
Tensor toy_weights(double mean, double scale, std::int64_t count, std::int64_t batch) {
  GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(5));
  const Tensor noise = source.normal({count, batch}, at::kDouble);
  const Tensor z = mean + scale * noise;
  return -kHalfLog2Pi - z.square() / 2 - (1 - z).square() / 2 + noise.square() / 2 +
         std::log(scale);
}

struct ToyValue {
  double mean, scale;
  std::int64_t particles;
  double bound;
};

// REFERENCE_RESULTS 2.2. Five standard errors of 2e5 bounds: fails by chance with probability 6e-7.
TEST(WeightedBounds, IwaeHasTheKnownValuesOfTheToyModel) {
  for (const ToyValue& known : {ToyValue{0, 1, 1, -1.918938533},
                                {0, 1, 2, -1.653473787},
                                {0, 1, 5, -1.557410578},
                                {0, 1, 50, -1.519198516},
                                {0.2, 0.8, 1, -1.622082085},
                                {0.2, 0.8, 2, -1.560075048},
                                {0.2, 0.8, 5, -1.531530778},
                                {0.2, 0.8, 50, -1.517023068}}) {
    const std::int64_t batch = 1000000 / known.particles;
    const Tensor bounds =
        value("iwae", {}, toy_weights(known.mean, known.scale, known.particles, batch));
    const double error =
        bounds.std().item<double>() / std::sqrt(static_cast<double>(bounds.numel()));
    EXPECT_NEAR(bounds.mean().item<double>(), known.bound, 5 * error) << known.particles;
    EXPECT_LT(error, 2e-3);
  }
}

// The limit of infinitely many particles, by the trapezium rule over the noise: its particles are
// strata whose masses are the noise's density.
TEST(WeightedBounds, RenyiHasTheKnownValuesOfTheToyModel) {
  const Tensor noise = at::linspace(-40, 40, 80001, at::kDouble).unsqueeze(1);
  const Tensor density = -noise.square() / 2 - kHalfLog2Pi;
  const Tensor masses = density + std::log(80.0 / 80000);
  const auto exact = [&](double mean, double scale, double alpha) {
    const Tensor z = mean + scale * noise;
    const Tensor weights =
        -2 * kHalfLog2Pi - z.square() / 2 - (1 - z).square() / 2 - density + std::log(scale);
    return make_objective("renyi", {{"alpha", alpha}})->reduce(weights, masses).item<double>();
  };
  EXPECT_NEAR(exact(0, 1, 0.5), -1.657736975, 1e-9);
  EXPECT_NEAR(exact(0, 1, -1), -1.360258272, 1e-9);
  EXPECT_NEAR(exact(0.2, 0.8, 0.5), -1.562584031, 1e-9);
  EXPECT_NEAR(exact(0.2, 0.8, -1), -1.445561232, 1e-9);
  EXPECT_NEAR(exact(0.2, 0.8, 2), -1.806334118, 1e-9);
  EXPECT_NEAR(exact(0.2, 0.8, 0), -1.515512123, 1e-9);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
