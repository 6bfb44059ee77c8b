#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "elbow/kernels/lda_e_step.h"
#include "kernels/reference_math.h"

namespace elbow::kernels::reference {

/// A batch, its topics, and room for what the kernels write.
struct LdaCase {
  std::int64_t num_topics = 0, vocabulary_size = 0;
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> words;
  std::vector<double> counts, topics, alpha, gamma, theta, norms, bound;
  std::vector<int> sweeps;

  LdaDocuments documents() const {
    return {
        static_cast<std::int64_t>(offsets.size()) - 1, offsets.data(), words.data(), counts.data()};
  }
  void run(int max_sweeps, double tolerance = 0.0) {
    theta.assign(gamma.size(), -1.0);
    norms.assign(words.size(), -1.0);
    sweeps.assign(offsets.size() - 1, -1);
    bound.assign(offsets.size() - 1, -1.0);
    lda_e_step({documents(),
                num_topics,
                vocabulary_size,
                topics.data(),
                alpha.data(),
                max_sweeps,
                tolerance,
                gamma.data(),
                theta.data(),
                norms.data(),
                sweeps.data()});
    lda_local_bound(
        documents(), num_topics, alpha.data(), gamma.data(), norms.data(), bound.data());
  }
  /// [V, K]; rows of words that the batch does not have stay -1.
  std::vector<double> statistics() const {
    std::vector<double> result(topics.size(), -1.0);
    lda_statistics(documents(),
                   num_topics,
                   vocabulary_size,
                   topics.data(),
                   theta.data(),
                   norms.data(),
                   result.data());
    return result;
  }
};

/// Documents of the given numbers of pairs; words ascend by one or two, so some are in several
/// documents.
inline LdaCase random_case(const std::vector<int>& lengths,
                           std::int64_t num_topics,
                           std::int64_t vocabulary_size,
                           double alpha = 0.1) {
  std::mt19937_64 generator(20036);
  std::uniform_real_distribution<double> draw(0.0, 1.0);
  LdaCase c;
  c.num_topics = num_topics;
  c.vocabulary_size = vocabulary_size;
  for (const int length : lengths) {
    auto word = static_cast<std::int32_t>(draw(generator) * 5);
    for (int i = 0; i < length; ++i, word += draw(generator) < 0.5 ? 1 : 2) {
      c.words.push_back(word % static_cast<std::int32_t>(vocabulary_size));
      c.counts.push_back(1.0 + std::floor(4 * draw(generator)));
    }
    c.offsets.push_back(static_cast<std::int64_t>(c.words.size()));
  }
  c.topics.resize(vocabulary_size * num_topics);
  for (double& value : c.topics)
    value = std::exp(-8.0 * draw(generator)) / static_cast<double>(vocabulary_size);
  for (std::int64_t k = 0; k < num_topics; ++k)
    c.alpha.push_back(alpha * (1.0 + 0.1 * static_cast<double>(k % 3)));
  c.gamma.resize(lengths.size() * num_topics);
  for (double& value : c.gamma) value = 0.5 + draw(generator);
  return c;
}

/// Runs the sweeps of one document as the papers write them, in logarithms and long double, on
/// `gamma`; returns log of [K] exp E[log theta], then log of [pairs] phi's normalisers, at the last
/// gamma.
struct Posterior {
  std::vector<long double> gamma, elog_theta, log_norms;
};

inline long double log_sum_exp(const std::vector<long double>& terms) {
  long double top = terms[0], sum = 0.0L;
  for (const long double term : terms) top = std::max(top, term);
  for (const long double term : terms) sum += std::exp(term - top);
  return top + std::log(sum);
}

inline void expectations(const LdaCase& c, std::int64_t d, Posterior& p) {
  long double total = 0.0L;
  for (const long double g : p.gamma) total += g;
  p.elog_theta.clear();
  p.log_norms.clear();
  for (const long double g : p.gamma) p.elog_theta.push_back(digamma(g) - digamma(total));
  for (std::int64_t i = c.offsets[d]; i < c.offsets[d + 1]; ++i) {
    std::vector<long double> terms;
    for (std::int64_t k = 0; k < c.num_topics; ++k) {
      terms.push_back(p.elog_theta[k] +
                      std::log(static_cast<long double>(c.topics[c.words[i] * c.num_topics + k])));
    }
    p.log_norms.push_back(log_sum_exp(terms));
  }
}

inline long double phi(
    const LdaCase& c, std::int64_t d, const Posterior& p, std::int64_t pair, std::int64_t k) {
  const long double topic = c.topics[c.words[pair] * c.num_topics + k];
  return std::exp(p.elog_theta[k] + std::log(topic) - p.log_norms[pair - c.offsets[d]]);
}

inline Posterior fit(const LdaCase& c, std::int64_t d, int sweeps) {
  Posterior p;
  p.gamma.assign(c.gamma.begin() + d * c.num_topics, c.gamma.begin() + (d + 1) * c.num_topics);
  expectations(c, d, p);
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    for (std::int64_t k = 0; k < c.num_topics; ++k) {
      p.gamma[k] = c.alpha[k];
      for (std::int64_t i = c.offsets[d]; i < c.offsets[d + 1]; ++i)
        p.gamma[k] += c.counts[i] * phi(c, d, p, i, k);
    }
    expectations(c, d, p);
  }
  return p;
}

/// Blei, Ng, Jordan, 2003, equation 15, with phi written out.
inline long double local_bound(const LdaCase& c, std::int64_t d, const Posterior& p) {
  long double bound = 0.0L, total_alpha = 0.0L, total_gamma = 0.0L;
  for (std::int64_t k = 0; k < c.num_topics; ++k) {
    total_alpha += c.alpha[k];
    total_gamma += p.gamma[k];
    bound += (c.alpha[k] - p.gamma[k]) * p.elog_theta[k] + std::lgamma(p.gamma[k]);
    bound -= std::lgamma(static_cast<long double>(c.alpha[k]));
    for (std::int64_t i = c.offsets[d]; i < c.offsets[d + 1]; ++i) {
      const long double share = phi(c, d, p, i, k), topic = c.topics[c.words[i] * c.num_topics + k];
      if (share > 0.0L)
        bound += c.counts[i] * share * (p.elog_theta[k] + std::log(topic) - std::log(share));
    }
  }
  return bound + std::lgamma(total_alpha) - std::lgamma(total_gamma);
}

}  // namespace elbow::kernels::reference
