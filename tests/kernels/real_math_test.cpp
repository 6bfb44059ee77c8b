// The functions that exist in float and double, against those of long double.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "elbow/kernels/vector_math.h"
#include "kernels/instruction_sets.h"

namespace elbow::kernels {
namespace ELBOW_TEST_FILE {

class RealMath : public EachInstructionSet {};
INSTANTIATE_TEST_SUITE_P(Sets,
                         RealMath,
                         ::testing::ValuesIn(supported_instruction_sets()),
                         name_of);

template <class Real>
using Function = void (*)(const Real*, Real*, std::int64_t);
using Reference = long double (*)(long double);

template <class Real>
Real apply_one(Function<Real> function, Real x) {
  Real out;
  function(&x, &out, 1);
  return out;
}

/// The largest error in units of the last place, of numbers of both signs whose sizes are
/// log-uniform and of uniform ones.
template <class Real>
double worst_ulps(Function<Real> function, Reference reference, double smallest, double largest) {
  std::mt19937_64 generator(20032);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<Real> x(50003), out(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double draw = uniform(generator);
    const double size = i % 2 == 0 ? std::abs(draw) * largest
                                   : smallest * std::pow(largest / smallest, std::abs(draw));
    x[i] = static_cast<Real>(std::copysign(size, draw));
  }
  function(x.data(), out.data(), static_cast<std::int64_t>(x.size()));
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double want = reference(static_cast<long double>(x[i]));
    const Real nearest = std::abs(static_cast<Real>(want));
    // Subnormal results may be off by some of their units.
    if (!(nearest >= std::numeric_limits<Real>::min())) continue;
    const Real unit = std::nextafter(nearest, std::numeric_limits<Real>::infinity()) - nearest;
    worst = std::max(worst, static_cast<double>(std::abs(out[i] - want) / unit));
  }
  return worst;
}

long double log1p_above(long double x) { return std::log1p(std::max(x, -0.96875L)); }
long double sigmoid_of(long double x) { return 1.0L / (1.0L + std::exp(-x)); }
long double softplus_of(long double x) {
  return std::max(x, 0.0L) + std::log1p(std::exp(-std::abs(x)));
}
long double exp_of(long double x) { return std::exp(x); }
long double tanh_of(long double x) { return std::tanh(x); }

template <class Real>
void log1p_of_bounded(const Real* x, Real* out, std::int64_t count) {
  std::vector<Real> bounded(x, x + count);
  for (Real& value : bounded) value = std::max(value, Real(-0.96875L));
  log1p<Real>(bounded.data(), out, count);
}

template <class Real>
void expect_accurate() {
  EXPECT_LE(worst_ulps<Real>(&tanh<Real>, tanh_of, 1e-30, 25), 5);
  EXPECT_LE(worst_ulps<Real>(&sigmoid<Real>, sigmoid_of, 1e-30, 80), 4);
  EXPECT_LE(worst_ulps<Real>(&softplus<Real>, softplus_of, 1e-30, 80), 4);
  EXPECT_LE(worst_ulps<Real>(&log1p_of_bounded<Real>, log1p_above, 1e-30, 1e20), 4);
}

TEST_P(RealMath, IsAccurate) {
  expect_accurate<float>();
  expect_accurate<double>();
  EXPECT_LE(worst_ulps<float>(&exp, exp_of, 1e-30, 87), 2);
}

template <class Real>
void expect_edges() {
  constexpr Real kInfinity = std::numeric_limits<Real>::infinity();
  constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();
  for (const auto function : {&tanh<Real>, &sigmoid<Real>, &softplus<Real>, &log1p<Real>})
    EXPECT_TRUE(std::isnan(apply_one<Real>(function, kNan)));
  EXPECT_EQ(apply_one<Real>(&tanh<Real>, kInfinity), Real(1));
  EXPECT_EQ(apply_one<Real>(&tanh<Real>, -kInfinity), Real(-1));
  EXPECT_EQ(apply_one<Real>(&tanh<Real>, Real(0)), Real(0));
  EXPECT_TRUE(std::signbit(apply_one<Real>(&tanh<Real>, Real(-0.0))));
  EXPECT_EQ(apply_one<Real>(&sigmoid<Real>, kInfinity), Real(1));
  EXPECT_NEAR(apply_one<Real>(&sigmoid<Real>, -kInfinity), Real(0), 1e-38);
  EXPECT_EQ(apply_one<Real>(&softplus<Real>, kInfinity), kInfinity);
  EXPECT_EQ(apply_one<Real>(&log1p<Real>, kInfinity), kInfinity);
  EXPECT_EQ(apply_one<Real>(&log1p<Real>, Real(-1)), -kInfinity);
  EXPECT_TRUE(std::isnan(apply_one<Real>(&log1p<Real>, Real(-1.5))));
}

TEST_P(RealMath, AtTheEdges) {
  expect_edges<float>();
  expect_edges<double>();
  EXPECT_EQ(apply_one<float>(&log, 0.0f), -std::numeric_limits<float>::infinity());
  EXPECT_EQ(apply_one<float>(&log, 1.0f), 0.0f);
  EXPECT_EQ(apply_one<float>(&exp, 100.0f), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(apply_one<float>(&log, -1.0f)));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::kernels
