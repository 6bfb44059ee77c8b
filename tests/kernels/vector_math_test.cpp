#include "elbow/kernels/vector_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "kernels/instruction_sets.h"
#include "kernels/reference_math.h"

namespace elbow::kernels {
namespace ELBOW_TEST_FILE {

using Function = void (*)(const double*, double*, std::int64_t);
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

class VectorMath : public EachInstructionSet {};
INSTANTIATE_TEST_SUITE_P(Sets,
                         VectorMath,
                         ::testing::ValuesIn(supported_instruction_sets()),
                         name_of);

std::vector<double> apply(Function function, const std::vector<double>& x) {
  std::vector<double> out(x.size());
  function(x.data(), out.data(), static_cast<std::int64_t>(x.size()));
  return out;
}

double apply_one(Function function, double x) { return apply(function, {x})[0]; }

/// The error in units of the last place of the true value.
double ulps(double got, long double want) {
  const double nearest = static_cast<double>(want);
  const double unit = std::nextafter(std::abs(nearest), kInfinity) - std::abs(nearest);
  return static_cast<double>(std::abs(got - want) / unit);
}

std::vector<double> uniform(double low, double high, int count) {
  std::mt19937_64 generator(20031);
  std::uniform_real_distribution<double> draw(low, high);
  std::vector<double> x(count);
  for (double& value : x) value = draw(generator);
  return x;
}

/// Numbers whose logarithm is uniform.
std::vector<double> log_uniform(double low, double high, int count) {
  std::vector<double> x = uniform(std::log(low), std::log(high), count);
  for (double& value : x) value = std::exp(value);
  return x;
}

template <typename Reference>
double worst_ulps(Function function, const std::vector<double>& x, Reference reference) {
  const std::vector<double> got = apply(function, x);
  double worst = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, ulps(got[i], reference(x[i])));
  return worst;
}

/// The largest |got - want| / max(1, |want|).
template <typename Reference>
double worst_error(Function function, const std::vector<double>& x, Reference reference) {
  const std::vector<double> got = apply(function, x);
  double worst = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double want = reference(x[i]);
    worst = std::max(worst,
                     static_cast<double>(std::abs(got[i] - want) / std::max(1.0L, std::abs(want))));
  }
  return worst;
}

long double exp_of(long double x) { return std::exp(x); }
long double log_of(long double x) { return std::log(x); }

TEST_P(VectorMath, ExpIsAccurate) {
  EXPECT_LE(worst_ulps(exp, uniform(-708.0, 709.7, 200001), exp_of), 2.0);
  EXPECT_LE(worst_ulps(exp, uniform(-1.0, 1.0, 200001), exp_of), 2.0);
  EXPECT_LE(worst_ulps(exp, uniform(-1e-9, 1e-9, 1001), exp_of), 2.0);
}

TEST_P(VectorMath, ExpOfSubnormalResultsIsRoundedOnce) {
  for (const double x : uniform(-745.0, -708.4, 1001)) {
    EXPECT_NEAR(apply_one(exp, x), std::exp(x), 4.95e-324 + 2.3e-16 * std::exp(x)) << x;
  }
}

TEST_P(VectorMath, ExpAtTheEdges) {
  EXPECT_EQ(apply_one(exp, 0.0), 1.0);
  EXPECT_EQ(apply_one(exp, -0.0), 1.0);
  EXPECT_EQ(apply_one(exp, -kInfinity), 0.0);
  EXPECT_EQ(apply_one(exp, -1e300), 0.0);
  EXPECT_EQ(apply_one(exp, kInfinity), kInfinity);
  EXPECT_EQ(apply_one(exp, 709.79), kInfinity);
  EXPECT_TRUE(std::isfinite(apply_one(exp, 709.78)));
  EXPECT_TRUE(std::isnan(apply_one(exp, kNan)));
}

TEST_P(VectorMath, LogIsAccurate) {
  EXPECT_LE(worst_ulps(log, log_uniform(1e-307, 1e308, 200001), log_of), 2.0);
  EXPECT_LE(worst_ulps(log, uniform(0.5, 2.0, 200001), log_of), 2.0);
  EXPECT_LE(worst_ulps(log, uniform(1.0 - 1e-9, 1.0 + 1e-9, 1001), log_of), 2.0);
  EXPECT_LE(worst_ulps(log, {5e-324, 1e-320, 2.2e-308, std::numeric_limits<double>::max()}, log_of),
            2.0);
}

TEST_P(VectorMath, LogAtTheEdges) {
  EXPECT_EQ(apply_one(log, 1.0), 0.0);
  EXPECT_EQ(apply_one(log, 0.0), -kInfinity);
  EXPECT_EQ(apply_one(log, kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(apply_one(log, -1.0)));
  EXPECT_TRUE(std::isnan(apply_one(log, -kInfinity)));
  EXPECT_TRUE(std::isnan(apply_one(log, kNan)));
}

TEST_P(VectorMath, DigammaKnownValues) {
  // Abramowitz and Stegun, 6.3.2, 6.3.3 and their consequences.
  constexpr double kEuler = 0.57721566490153286061;
  EXPECT_NEAR(apply_one(digamma, 1.0), -kEuler, 2e-15);
  EXPECT_NEAR(apply_one(digamma, 2.0), 1.0 - kEuler, 2e-15);
  EXPECT_NEAR(apply_one(digamma, 0.5), -kEuler - 2.0 * std::log(2.0), 4e-15);
  EXPECT_NEAR(apply_one(digamma, 1e-300) / -1e300, 1.0, 1e-15);
  EXPECT_TRUE(std::isnan(apply_one(digamma, kNan)));
}

TEST_P(VectorMath, DigammaIsAccurate) {
  EXPECT_LE(worst_error(digamma, log_uniform(1e-300, 1e300, 20001), reference::digamma), 1e-14);
  EXPECT_LE(worst_error(digamma, log_uniform(1e-4, 1e3, 20001), reference::digamma), 1e-14);
  EXPECT_LE(worst_error(digamma, uniform(9.0, 11.0, 20001), reference::digamma), 1e-14);
}

TEST_P(VectorMath, DigammaNearItsRoot) {
  EXPECT_LE(worst_error(digamma, uniform(1.4, 1.52, 20001), reference::digamma), 2e-16);
  EXPECT_LE(worst_error(digamma, uniform(1.0, 2.0, 20001), reference::digamma), 2e-15);
}

TEST_P(VectorMath, TrigammaIsAccurate) {
  const auto relative = [](double x) {
    return ulps(apply_one(trigamma, x), reference::trigamma(x));
  };
  for (const double x : log_uniform(1e-150, 1e300, 2001)) EXPECT_LE(relative(x), 40.0) << x;
  for (const double x : uniform(0.1, 12.0, 2001)) EXPECT_LE(relative(x), 40.0) << x;
}

TEST_P(VectorMath, LgammaIsAccurate) {
  const auto reference = [](double x) { return std::lgamma(static_cast<long double>(x)); };
  EXPECT_LE(worst_error(lgamma, log_uniform(1e-300, 1e300, 20001), reference), 2e-14);
  EXPECT_LE(worst_error(lgamma, uniform(0.01, 30.0, 20001), reference), 2e-14);
}

TEST_P(VectorMath, EveryLengthGivesTheSameBits) {
  for (const Function function : {exp, log, digamma, trigamma, lgamma}) {
    const std::vector<double> x = uniform(0.1, 20.0, 41), whole = apply(function, x);
    for (std::size_t count = 0; count <= x.size(); ++count) {
      std::vector<double> in_place(x.begin(), x.begin() + count);
      function(in_place.data(), in_place.data(), static_cast<std::int64_t>(count));
      EXPECT_EQ(in_place, std::vector<double>(whole.begin(), whole.begin() + count)) << count;
    }
  }
}

TEST(InstructionSets, BaselineIsAlwaysThereAndUnknownOnesAreRefused) {
  EXPECT_EQ(supported_instruction_sets().front(), InstructionSet::kBaseline);
  EXPECT_EQ(instruction_set(), supported_instruction_sets().back());
  EXPECT_THROW(use_instruction_set(static_cast<InstructionSet>(9)), std::invalid_argument);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::kernels
