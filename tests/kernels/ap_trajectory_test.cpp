// Batch variational Bayes on the Associated Press corpus against a computed trajectory of the
// bound: ELBOW_DATA names the folder that holds ap/ap.ldac.gz. K = 10, alpha 0.1, eta 0.01; a pass
// starts gamma at alpha + N_d / K and makes 50 sweeps.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <cstdlib>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "elbow/kernels/vector_math.h"
#include "kernels/instruction_sets.h"
#include "kernels/lda_reference.h"

namespace elbow::kernels {
namespace ELBOW_TEST_FILE {

constexpr std::int64_t kTopics = 10, kVocabulary = 10473;
constexpr double kAlpha = 0.1, kEta = 0.01;

std::string read_compressed(const std::string& path) {
  std::string text(1 << 23, '\0');
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return "";
  text.resize(std::max(0, gzread(file, text.data(), static_cast<unsigned>(text.size()))));
  gzclose(file);
  return text;
}

/// Lines "pairs word:count word:count ...".
reference::LdaCase read_corpus(const std::string& text) {
  reference::LdaCase c;
  c.num_topics = kTopics;
  c.vocabulary_size = kVocabulary;
  std::istringstream lines(text);
  std::int64_t pairs = 0;
  while (lines >> pairs) {
    for (std::int64_t i = 0; i < pairs; ++i) {
      std::int32_t word = 0;
      char colon = 0;
      double count = 0.0;
      lines >> word >> colon >> count;
      c.words.push_back(word);
      c.counts.push_back(count);
    }
    c.offsets.push_back(static_cast<std::int64_t>(c.words.size()));
  }
  c.alpha.assign(kTopics, kAlpha);
  return c;
}

/// Sets exp E[log beta] from lambda, both [V, K]; returns the topics' part of the bound.
double update_topics(const std::vector<double>& lambda, std::vector<double>& topics) {
  std::vector<double> totals(kTopics), elog_totals(kTopics), elog(lambda.size());
  for (std::size_t i = 0; i < lambda.size(); ++i) totals[i % kTopics] += lambda[i];
  digamma(totals.data(), elog_totals.data(), kTopics);
  digamma(lambda.data(), elog.data(), static_cast<std::int64_t>(lambda.size()));
  // In long double: it is the kernels' accuracy that the test is about.
  long double bound = kTopics * (std::lgamma(kVocabulary * kEta) - kVocabulary * std::lgamma(kEta));
  for (std::size_t i = 0; i < lambda.size(); ++i) {
    elog[i] -= elog_totals[i % kTopics];
    bound += (kEta - lambda[i]) * elog[i] + std::lgamma(lambda[i]);
  }
  for (const double total : totals) bound -= std::lgamma(total);
  topics.resize(lambda.size());
  exp(elog.data(), topics.data(), static_cast<std::int64_t>(lambda.size()));
  return static_cast<double>(bound);
}

double one_pass(reference::LdaCase& c, std::vector<double>& lambda) {
  const double bound = update_topics(lambda, c.topics);
  c.gamma.clear();
  for (std::size_t d = 0; d + 1 < c.offsets.size(); ++d) {
    const double tokens =
        std::accumulate(c.counts.begin() + c.offsets[d], c.counts.begin() + c.offsets[d + 1], 0.0);
    c.gamma.insert(c.gamma.end(), kTopics, kAlpha + tokens / kTopics);
  }
  c.run(50);
  std::vector<double> statistics(lambda.size(), 0.0);
  lda_statistics(c.documents(),
                 kTopics,
                 kVocabulary,
                 c.topics.data(),
                 c.theta.data(),
                 c.norms.data(),
                 statistics.data());
  for (std::size_t i = 0; i < lambda.size(); ++i) lambda[i] = kEta + statistics[i];
  return static_cast<double>(
      std::accumulate(c.bound.begin(), c.bound.end(), static_cast<long double>(bound)));
}

class ApTrajectory : public EachInstructionSet {};
INSTANTIATE_TEST_SUITE_P(Sets,
                         ApTrajectory,
                         ::testing::ValuesIn(supported_instruction_sets()),
                         name_of);

TEST_P(ApTrajectory, FirstTenPasses) {
  const char* folder = std::getenv("ELBOW_DATA");
  const std::string text =
      read_compressed(std::string(folder != nullptr ? folder : ".") + "/ap/ap.ldac.gz");
  if (text.empty()) GTEST_SKIP() << "ap is not on this machine; ELBOW_DATA names a folder with it";
  reference::LdaCase c = read_corpus(text);
  ASSERT_EQ(c.offsets.size(), 2246u + 1u);
  std::vector<double> lambda(kVocabulary * kTopics);
  for (std::size_t i = 0; i < lambda.size(); ++i) {
    const double position = static_cast<double>(i + 1) * 0.6180339887498949;
    lambda[i] = kEta + 0.5 + (position - std::floor(position));
  }
  std::vector<double> bounds;
  for (int pass = 0; pass < 10; ++pass) bounds.push_back(one_pass(c, lambda));
  // Six decimals are known; the sum of 2,246 documents and 104,730 topic entries rounds in the
  // ninth digit behind.
  EXPECT_NEAR(bounds[0], -4627324.499541, 2e-6);
  EXPECT_NEAR(bounds[1], -3986279.091842, 2e-6);
  EXPECT_NEAR(bounds[4], -3717528.601516, 2e-6);
  EXPECT_NEAR(bounds[9], -3632071.339800, 2e-6);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::kernels
