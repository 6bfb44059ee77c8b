#include "elbow/kernels/lda_e_step.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "kernels/instruction_sets.h"
#include "kernels/lda_reference.h"

namespace elbow::kernels {
namespace ELBOW_TEST_FILE {

using reference::LdaCase;
using reference::random_case;

class Lda : public EachInstructionSet {};
INSTANTIATE_TEST_SUITE_P(Sets, Lda, ::testing::ValuesIn(supported_instruction_sets()), name_of);

void expect_relative(double got, long double want, double tolerance) {
  EXPECT_NEAR(got, static_cast<double>(want), tolerance * static_cast<double>(std::abs(want)));
}

/// Every output of a run against the plain loops.
void expect_as_reference(LdaCase c, int sweeps) {
  const LdaCase start = c;
  c.run(sweeps);
  std::vector<long double> statistics(c.topics.size(), 0.0L);
  for (std::int64_t d = 0; d < c.documents().count; ++d) {
    SCOPED_TRACE("document " + std::to_string(d));
    const reference::Posterior p = reference::fit(start, d, sweeps);
    EXPECT_EQ(c.sweeps[d], sweeps);
    for (std::int64_t k = 0; k < c.num_topics; ++k) {
      expect_relative(c.gamma[d * c.num_topics + k], p.gamma[k], 1e-12);
      expect_relative(c.theta[d * c.num_topics + k], std::exp(p.elog_theta[k]), 1e-12);
    }
    for (std::int64_t i = c.offsets[d]; i < c.offsets[d + 1]; ++i) {
      expect_relative(c.norms[i], std::exp(p.log_norms[i - c.offsets[d]]), 1e-12);
      for (std::int64_t k = 0; k < c.num_topics; ++k) {
        statistics[c.words[i] * c.num_topics + k] +=
            c.counts[i] * reference::phi(start, d, p, i, k);
      }
    }
    expect_relative(c.bound[d], reference::local_bound(start, d, p), 1e-12);
  }
  const std::vector<double> got = c.statistics();
  for (std::size_t i = 0; i < got.size(); ++i) {
    // No word of the batch has a zero here.
    if (statistics[i] > 0.0L) {
      expect_relative(got[i], statistics[i], 1e-12);
    } else {
      EXPECT_EQ(got[i], -1.0) << "a row of a word that is not in the batch was written";
    }
  }
}

TEST_P(Lda, EqualsThePlainLoop) {
  for (const std::int64_t num_topics : {1, 2, 7, 8, 9, 17, 33, 70}) {
    SCOPED_TRACE("topics " + std::to_string(num_topics));
    expect_as_reference(random_case({1, 5, 40, 8, 17}, num_topics, 90), 6);
  }
}

TEST_P(Lda, OneDocumentOfKnownFixedPoint) {
  // beta = (0.6, 0.3, 0.1), (0.1, 0.2, 0.7), words 0 0 1 2: ln p(w) = -4.678581286 lies above the
  // bound's fixed point.
  LdaCase c;
  c.num_topics = 2;
  c.vocabulary_size = 3;
  c.offsets = {0, 3};
  c.words = {0, 1, 2};
  c.counts = {2.0, 1.0, 1.0};
  c.topics = {0.6, 0.1, 0.3, 0.2, 0.1, 0.7};
  c.alpha = {0.5, 0.5};
  c.gamma = {2.5, 2.5};
  c.run(1000);
  EXPECT_NEAR(c.bound[0], -5.159584663, 1e-9);
  EXPECT_NEAR(c.gamma[0], 3.4957261, 1e-7);
  EXPECT_NEAR(c.gamma[1], 1.5042739, 1e-7);
}

TEST_P(Lda, EmptyDocumentKeepsThePrior) {
  LdaCase c = random_case({0, 4, 0}, 5, 20);
  c.run(3);
  for (std::int64_t k = 0; k < 5; ++k) {
    EXPECT_EQ(c.gamma[k], c.alpha[k]);
    EXPECT_EQ(c.gamma[10 + k], c.alpha[k]);
  }
  EXPECT_NEAR(c.bound[0], 0.0, 1e-13);
}

TEST_P(Lda, StopsAtTheTolerance) {
  LdaCase c = random_case({30, 30}, 12, 50);
  const LdaCase start = c;
  c.run(500, 1e-3);
  for (std::int64_t d = 0; d < 2; ++d) {
    ASSERT_LT(c.sweeps[d], 500);
    const auto last = reference::fit(start, d, c.sweeps[d]),
               before = reference::fit(start, d, c.sweeps[d] - 1),
               earlier = reference::fit(start, d, c.sweeps[d] - 2);
    long double change = 0.0L, change_before = 0.0L;
    for (std::int64_t k = 0; k < 12; ++k) {
      expect_relative(c.gamma[d * 12 + k], last.gamma[k], 1e-11);
      change += std::abs(last.gamma[k] - before.gamma[k]) / 12;
      change_before += std::abs(before.gamma[k] - earlier.gamma[k]) / 12;
    }
    EXPECT_LT(change, 1e-3L);
    EXPECT_GE(change_before, 1e-3L);
  }
}

TEST_P(Lda, NoSweepOnlyEvaluates) { expect_as_reference(random_case({5, 11}, 9, 40), 0); }

TEST_P(Lda, TinyAlphaUnderflowsToThePrior) {
  // digamma(0.001) is -1000: exp E[log theta] of most topics is 0 as a double.
  LdaCase c = random_case({1, 12, 30}, 20, 60, /*alpha=*/0.001);
  const LdaCase start = c;
  c.run(60);
  for (std::int64_t d = 0; d < 3; ++d) {
    const reference::Posterior p = reference::fit(start, d, 60);
    for (std::int64_t k = 0; k < 20; ++k) expect_relative(c.gamma[d * 20 + k], p.gamma[k], 1e-9);
    expect_relative(c.bound[d], reference::local_bound(start, d, p), 1e-11);
  }
  for (const double value : c.theta) EXPECT_GE(value, 1e-300);
  for (const double value : c.statistics()) EXPECT_TRUE(std::isfinite(value));
}

TEST_P(Lda, TinyTopicRowsKeepTheirProportions) {
  // A word that no topic has seen under a small prior: all of its row is near 1e-290.
  LdaCase c = random_case({6, 9}, 10, 30, /*alpha=*/0.01), scaled = c;
  for (std::int64_t k = 0; k < 10; ++k) scaled.topics[c.words[2] * 10 + k] *= 0x1p-960;
  c.run(20);
  scaled.run(20);
  for (std::size_t i = 0; i < c.gamma.size(); ++i)
    expect_relative(scaled.gamma[i], c.gamma[i], 1e-12);
  expect_relative(scaled.norms[2], c.norms[2] * 0x1p-960, 1e-12);
}

TEST_P(Lda, ARowOfZerosIsFinite) {
  LdaCase c = random_case({6, 9}, 10, 30);
  for (std::int64_t k = 0; k < 10; ++k) c.topics[c.words[2] * 10 + k] = 0.0;
  c.run(20);
  for (const auto* values : {&c.gamma, &c.theta, &c.norms, &c.bound}) {
    for (const double value : *values) EXPECT_TRUE(std::isfinite(value));
  }
}

TEST_P(Lda, SameBytesForAnyNumberOfThreads) {
  const int before = omp_get_max_threads();
  std::vector<std::vector<double>> results;
  for (const int threads : {1, 2, 3}) {
    omp_set_num_threads(threads);
    LdaCase c = random_case(std::vector<int>(77, 25), 11, 60);
    c.run(100, 1e-3);
    std::vector<double> all = c.statistics();
    for (const auto* part : {&c.gamma, &c.theta, &c.norms, &c.bound})
      all.insert(all.end(), part->begin(), part->end());
    results.push_back(all);
  }
  omp_set_num_threads(before);
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

TEST(LdaErrors, AWordOutsideTheVocabularyIsRefused) {
  LdaCase c = random_case({3}, 2, 10);
  c.words[1] = 10;
  EXPECT_THROW(c.run(1), std::invalid_argument);
  EXPECT_THROW(c.statistics(), std::invalid_argument);
  c.words[1] = -1;
  EXPECT_THROW(c.run(1), std::invalid_argument);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::kernels
