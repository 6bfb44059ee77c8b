#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <numeric>
#include <random>
#include <stdexcept>

#include "classical.h"
#include "elbow/kernels/lda_e_step.h"

namespace elbow::benchmark {
namespace {

struct Corpus {
  std::int64_t vocabulary_size = 0;
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> words;
  std::vector<double> counts;

  void add(std::int32_t word, double count) {
    words.push_back(word);
    counts.push_back(count);
    vocabulary_size = std::max<std::int64_t>(vocabulary_size, word + 1);
  }
  kernels::LdaDocuments documents() const {
    return {
        static_cast<std::int64_t>(offsets.size()) - 1, offsets.data(), words.data(), counts.data()};
  }
};

Corpus read_corpus(const std::string& path) {
  std::ifstream lines(path);
  if (!lines) throw std::runtime_error("cannot read " + path);
  Corpus corpus;
  std::int64_t pairs = 0;
  while (lines >> pairs) {
    for (std::int64_t i = 0; i < pairs; ++i) {
      std::int32_t word = 0;
      char colon = 0;
      double count = 0.0;
      lines >> word >> colon >> count;
      corpus.add(word, count);
    }
    corpus.offsets.push_back(static_cast<std::int64_t>(corpus.words.size()));
  }
  return corpus;
}

/// 2,000 documents of 135 pairs over 10,000 words, about AP's size; low words are frequent.
Corpus synthetic_corpus() {
  std::mt19937_64 generator(1);
  std::uniform_real_distribution<double> draw(0.0, 1.0);
  Corpus corpus;
  for (int d = 0; d < 2000; ++d) {
    for (int i = 0; i < 135; ++i) {
      corpus.add(static_cast<std::int32_t>(std::pow(10000.0, draw(generator)) - 1.0),
                 1.0 + std::floor(3 * draw(generator)));
    }
    corpus.offsets.push_back(static_cast<std::int64_t>(corpus.words.size()));
  }
  return corpus;
}

/// What a pass over the corpus reads and writes.
struct LdaWork {
  std::vector<double> topics, alpha, start, gamma, theta, norms, statistics, bound;
  std::vector<int> sweeps;

  LdaWork(const Corpus& corpus, std::int64_t k)
      : topics(corpus.vocabulary_size * k),
        alpha(k, 1.0 / static_cast<double>(k)),
        theta((corpus.offsets.size() - 1) * k),
        norms(corpus.words.size()),
        statistics(topics.size()),
        bound(corpus.offsets.size() - 1),
        sweeps(bound.size()) {
    const auto words = static_cast<double>(corpus.vocabulary_size);
    for (std::size_t i = 0; i < topics.size(); ++i)
      topics[i] = (0.5 + spread_number(i, kGolden)) / words;
    start.assign(theta.size(), 1.0);
    gamma = start;
  }
};

void e_step(const Corpus& corpus, const Settings& settings, LdaWork& work) {
  work.gamma = work.start;
  kernels::lda_e_step({corpus.documents(),
                       settings.num_topics,
                       corpus.vocabulary_size,
                       work.topics.data(),
                       work.alpha.data(),
                       settings.sweeps,
                       /*tolerance=*/0.0,
                       work.gamma.data(),
                       work.theta.data(),
                       work.norms.data(),
                       work.sweeps.data()});
}

void statistics(const Corpus& corpus, const Settings& settings, LdaWork& work) {
  kernels::lda_statistics(corpus.documents(),
                          settings.num_topics,
                          corpus.vocabulary_size,
                          work.topics.data(),
                          work.theta.data(),
                          work.norms.data(),
                          work.statistics.data());
}

void bound(const Corpus& corpus, const Settings& settings, LdaWork& work) {
  kernels::lda_local_bound(corpus.documents(),
                           settings.num_topics,
                           work.alpha.data(),
                           work.gamma.data(),
                           work.norms.data(),
                           work.bound.data());
}

void print(const char* name, const Spread& time, double operations) {
  std::printf("  %-12s %8.2f ms (%.2f - %.2f), %6.1f GFLOP/s\n",
              name,
              1e3 * time.median,
              1e3 * time.lowest,
              1e3 * time.highest,
              1e-9 * operations / time.median);
}

/// A sweep has two multiply-adds for each pair and topic; exponentials and digammas are not
/// counted.
double flops_of_a_sweep(const Corpus& corpus, const Settings& settings) {
  return 4.0 * static_cast<double>(corpus.words.size()) * static_cast<double>(settings.num_topics);
}

Corpus corpus_of(const Settings& settings) {
  return settings.corpus.empty() ? synthetic_corpus() : read_corpus(settings.corpus);
}

}  // namespace

double lda_flops(const Settings& settings) {
  return settings.sweeps * flops_of_a_sweep(corpus_of(settings), settings);
}

std::function<void()> lda_job(const Settings& settings) {
  const auto corpus = std::make_shared<Corpus>(corpus_of(settings));
  const auto work = std::make_shared<LdaWork>(*corpus, settings.num_topics);
  return [=] { e_step(*corpus, settings, *work); };
}

void run_lda(const Settings& settings) {
  const Corpus corpus = corpus_of(settings);
  LdaWork work(corpus, settings.num_topics);
  const auto pairs = static_cast<double>(corpus.words.size());
  std::printf("LDA: %zu documents, %.0f pairs, %lld words, K = %lld, %d sweeps\n",
              corpus.offsets.size() - 1,
              pairs,
              static_cast<long long>(corpus.vocabulary_size),
              settings.num_topics,
              settings.sweeps);
  const double flops = flops_of_a_sweep(corpus, settings);
  const Spread fit = time_job(settings.repeats, [&] { e_step(corpus, settings, work); });
  print("E-step", fit, flops * settings.sweeps);
  std::printf("  %-12s %8.1f million pairs and sweeps/s\n",
              "",
              1e-6 * pairs * settings.sweeps / fit.median);
  print("statistics",
        time_job(settings.repeats, [&] { statistics(corpus, settings, work); }),
        flops / 2);
  print("bound", time_job(settings.repeats, [&] { bound(corpus, settings, work); }), 0.0);
  const Spread pass = time_job(settings.repeats, [&] {
    e_step(corpus, settings, work);
    statistics(corpus, settings, work);
  });
  print("pass", pass, flops * (settings.sweeps + 0.5));
  double squares = 0.0;
  for (const double value : work.gamma) squares += value * value;
  const double total = std::accumulate(work.bound.begin(), work.bound.end(), 0.0);
  std::printf("  sum of gamma^2 %.12g, sum of the bounds %.12g\n", squares, total);
}

}  // namespace elbow::benchmark
