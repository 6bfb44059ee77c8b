#include "elbow/kernels/mixture_pass.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "kernels/instruction_sets.h"

namespace elbow::kernels {
namespace ELBOW_TEST_FILE {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class Mixture : public EachInstructionSet {};
INSTANTIATE_TEST_SUITE_P(Sets, Mixture, ::testing::ValuesIn(supported_instruction_sets()), name_of);

struct Statistics {
  std::vector<double> responsibilities, log_normalisers, counts, sums, outer;
  double entropy = 0.0;
};

/// A mixture and rows. Below the diagonal a full factor holds NaN, which must not be read.
struct MixtureCase {
  std::int64_t n, d, k;
  bool is_diagonal;
  std::vector<double> x, log_weights, means, factors, shift;

  std::int64_t factor_size() const { return is_diagonal ? d : d * d; }

  MixtureCase(std::int64_t num_rows,
              std::int64_t num_features,
              std::int64_t num_components,
              bool diagonal)
      : n(num_rows), d(num_features), k(num_components), is_diagonal(diagonal) {
    std::mt19937_64 generator(20046);
    std::normal_distribution<double> draw;
    const auto fill = [&](std::vector<double>& v, std::int64_t size, double scale) {
      v.resize(size);
      for (double& value : v) value = scale * draw(generator);
    };
    fill(x, n * d, 2.0);
    fill(log_weights, k, 0.5);
    fill(means, k * d, 1.0);
    fill(factors, k * factor_size(), 0.3);
    fill(shift, d, 0.5);
    for (std::int64_t i = 0; i < k; ++i) shape_factor(factors.data() + i * factor_size());
  }

  void shape_factor(double* factor) const {
    for (std::int64_t i = 0; i < d; ++i) {
      if (is_diagonal) {
        factor[i] = 0.5 + std::abs(factor[i]);
        continue;
      }
      factor[i * d + i] = 0.5 + std::abs(factor[i * d + i]);
      for (std::int64_t j = 0; j < i; ++j) factor[i * d + j] = std::nan("");
    }
  }

  Statistics run(bool with_shift = true) const {
    Statistics s;
    s.responsibilities.assign(n * k, -1.0);
    s.log_normalisers.assign(n, -1.0);
    s.counts.assign(k, -1.0);
    s.sums.assign(k * d, -1.0);
    s.outer.assign(k * factor_size(), -1.0);
    mixture_pass({n,
                  d,
                  k,
                  x.data(),
                  with_shift ? shift.data() : nullptr,
                  log_weights.data(),
                  means.data(),
                  factors.data(),
                  is_diagonal,
                  s.responsibilities.data(),
                  s.log_normalisers.data(),
                  s.counts.data(),
                  s.sums.data(),
                  s.outer.data(),
                  &s.entropy});
    return s;
  }
};

/// |U (x - m)|^2
long double quadratic(const MixtureCase& c,
                      const std::vector<long double>& x,
                      std::int64_t component) {
  const double* const factor = c.factors.data() + component * c.factor_size();
  long double total = 0.0L;
  for (std::int64_t i = 0; i < c.d; ++i) {
    long double product = 0.0L;
    for (std::int64_t j = i; j < (c.is_diagonal ? i + 1 : c.d); ++j) {
      product +=
          (c.is_diagonal ? factor[i] : factor[i * c.d + j]) * (x[j] - c.means[component * c.d + j]);
    }
    total += product * product;
  }
  return total;
}

/// Log responsibilities of a row; returns the log normaliser.
long double respond(const MixtureCase& c,
                    const std::vector<long double>& x,
                    std::vector<long double>& logs) {
  long double top = -kInfinity, sum = 0.0L;
  for (std::int64_t k = 0; k < c.k; ++k) {
    logs[k] = c.log_weights[k] - 0.5L * quadratic(c, x, k);
    top = std::max(top, logs[k]);
  }
  for (const long double value : logs) sum += std::exp(value - top);
  for (long double& value : logs) value -= top + std::log(sum);
  return top + std::log(sum);
}

/// The largest |got - want| over the sum of the absolute values that make up `want`.
class Comparison {
 public:
  explicit Comparison(std::size_t size) : want_(size), scale_(size) {}
  void add(std::size_t i, long double term) {
    want_[i] += term;
    scale_[i] += std::abs(term);
  }
  double worst(const std::vector<double>& got) const {
    double result = 0.0;
    for (std::size_t i = 0; i < want_.size(); ++i) {
      const long double error = std::abs(got[i] - want_[i]) / (scale_[i] + 1e-300L);
      if (!(error <= result)) result = static_cast<double>(error);
    }
    return result;
  }

 private:
  std::vector<long double> want_, scale_;
};

/// Every output against the plain loop, to 1e-12.
void expect_as_reference(const MixtureCase& c) {
  const Statistics got = c.run();
  Comparison responsibilities(c.n * c.k), normalisers(c.n), counts(c.k), sums(c.k * c.d),
      outer(c.k * c.factor_size());
  long double entropy = 0.0L;
  std::vector<long double> x(c.d), logs(c.k);
  for (std::int64_t n = 0; n < c.n; ++n) {
    for (std::int64_t j = 0; j < c.d; ++j) x[j] = c.x[n * c.d + j] - c.shift[j];
    normalisers.add(n, respond(c, x, logs));
    for (std::int64_t k = 0; k < c.k; ++k) {
      const long double r = std::exp(logs[k]);
      responsibilities.add(n * c.k + k, r);
      counts.add(k, r);
      if (r > 0.0L) entropy -= r * logs[k];
      for (std::int64_t i = 0; i < c.d; ++i) {
        sums.add(k * c.d + i, r * x[i]);
        if (c.is_diagonal) outer.add(k * c.d + i, r * x[i] * x[i]);
        for (std::int64_t j = 0; j < c.d && !c.is_diagonal; ++j)
          outer.add((k * c.d + i) * c.d + j, r * x[i] * x[j]);
      }
    }
  }
  // A log density of size q gives its exponential the relative error q 2^-53.
  EXPECT_LE(responsibilities.worst(got.responsibilities), 1e-12);
  EXPECT_LE(normalisers.worst(got.log_normalisers), 1e-12);
  EXPECT_LE(counts.worst(got.counts), 1e-12);
  EXPECT_LE(sums.worst(got.sums), 1e-12);
  EXPECT_LE(outer.worst(got.outer), 1e-12);
  EXPECT_NEAR(
      got.entropy, static_cast<double>(entropy), 1e-12 * static_cast<double>(entropy) + 1e-12);
}

TEST_P(Mixture, EqualsThePlainLoop) {
  for (const bool is_diagonal : {false, true}) {
    for (const std::int64_t d : {1, 2, 3, 4, 5, 8, 13, 16}) {
      for (const std::int64_t k : {1, 3, 4, 9}) {
        SCOPED_TRACE(::testing::Message()
                     << "D " << d << " K " << k << " diagonal " << is_diagonal);
        expect_as_reference(MixtureCase(301, d, k, is_diagonal));
      }
    }
  }
}

TEST_P(Mixture, EveryNumberOfRows) {
  for (const std::int64_t n : {0, 1, 2, 7, 8, 31, 32, 33, 255, 256, 257, 1000}) {
    SCOPED_TRACE(::testing::Message() << "N " << n);
    expect_as_reference(MixtureCase(n, 3, 5, /*diagonal=*/false));
  }
}

TEST_P(Mixture, ManyFeaturesTakeSmallBlocks) {
  expect_as_reference(MixtureCase(150, 60, 3, /*diagonal=*/false));
}

TEST_P(Mixture, MoreBlocksThanLanes) {
  expect_as_reference(MixtureCase(64 * 256 * 2 + 77, 2, 2, /*diagonal=*/false));
}

TEST_P(Mixture, FarRowsAreFinite) {
  MixtureCase c(40, 4, 3, /*diagonal=*/false);
  for (double& value : c.x) value = 1000.0 + value;
  const Statistics s = c.run();
  for (const double value : s.log_normalisers) {
    EXPECT_LT(value, -1e5);
    EXPECT_TRUE(std::isfinite(value));
  }
  double total = 0.0;
  for (const double value : s.counts) total += value;
  EXPECT_NEAR(total, 40.0, 1e-12);
  EXPECT_TRUE(std::isfinite(s.entropy));
}

TEST_P(Mixture, AComponentWithoutWeightGetsNothing) {
  MixtureCase c(50, 2, 3, /*diagonal=*/true);
  c.log_weights[1] = -kInfinity;
  const Statistics s = c.run();
  EXPECT_EQ(s.counts[1], 0.0);
  EXPECT_NEAR(s.counts[0] + s.counts[2], 50.0, 1e-12);
  EXPECT_TRUE(std::isfinite(s.entropy));
}

TEST_P(Mixture, NotANumberInARowSurvives) {
  MixtureCase c(50, 2, 3, /*diagonal=*/false);
  c.x[20] = std::nan("");
  const Statistics s = c.run();
  EXPECT_TRUE(std::isnan(s.log_normalisers[10]));
  EXPECT_TRUE(std::isfinite(s.log_normalisers[9]));
  EXPECT_TRUE(std::isnan(s.counts[0]));
  EXPECT_TRUE(std::isnan(s.entropy));
}

TEST_P(Mixture, ShiftIsSubtractedFirst) {
  const MixtureCase c(90, 5, 4, /*diagonal=*/false);
  MixtureCase moved = c;
  for (std::size_t i = 0; i < c.x.size(); ++i) moved.x[i] = c.x[i] - c.shift[i % 5];
  EXPECT_EQ(c.run().outer, moved.run(/*with_shift=*/false).outer);
}

TEST_P(Mixture, SameBytesForAnyNumberOfThreads) {
  const int before = omp_get_max_threads();
  const MixtureCase c(20011, 4, 6, /*diagonal=*/false);
  std::vector<std::vector<double>> results;
  for (const int threads : {1, 2, 3, 4}) {
    omp_set_num_threads(threads);
    const Statistics s = c.run();
    std::vector<double> all{s.entropy};
    for (const auto* part :
         {&s.responsibilities, &s.log_normalisers, &s.counts, &s.sums, &s.outer}) {
      all.insert(all.end(), part->begin(), part->end());
    }
    results.push_back(all);
  }
  omp_set_num_threads(before);
  for (const auto& result : results) EXPECT_EQ(result, results[0]);
}

TEST(MixtureErrors, SizesAreChecked) {
  MixturePass pass{};
  EXPECT_THROW(mixture_pass(pass), std::invalid_argument);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::kernels
