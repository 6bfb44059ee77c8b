#include <algorithm>
#include <cmath>
#include <numeric>

#include "elbow/data/sources/corpus.h"
#include "elbow/foundations/io/hash.h"
#include "keyed_draws.h"
#include "loaders.h"

namespace elbow::data {
namespace {

/// Cumulative softmax of normal draws: few large proportions where `spread` is large.
std::vector<double> drawn_steps(const KeyedDraws& draws,
                                std::uint32_t stream,
                                std::int64_t row,
                                std::int64_t size,
                                double spread) {
  std::vector<double> out;
  for (std::int64_t i = 0; i < size; ++i)
    out.push_back(std::exp(spread * draws.normal(stream, row, i)));
  std::partial_sum(out.begin(), out.end(), out.begin());
  for (double& step : out) step /= out.back();
  return out;
}

std::size_t index_at(const std::vector<double>& steps, double uniform) {
  const auto found = std::upper_bound(steps.begin(), steps.end(), uniform);
  return std::min(static_cast<std::size_t>(found - steps.begin()), steps.size() - 1);
}

}  // namespace

RawData make_topics(const ConfigNode& config, std::uint64_t run_seed) {
  const std::int64_t topics = config.integer("topics"), words = config.integer("vocabulary_size"),
                     length = config.integer("document_length");
  const KeyedDraws draws(
      derive_key(seed_of(config, "seed", run_seed), Purpose::synthetic, /*a=*/6));
  std::vector<std::vector<double>> topic_steps;
  for (std::int64_t k = 0; k < topics; ++k)
    topic_steps.push_back(drawn_steps(draws, 0, k, words, /*spread=*/2.0));
  CorpusBuilder builder;
  std::string content;
  RawData out;
  std::int64_t next = 0;
  for (const auto& [split, key] : {std::pair<const char*, const char*>{"train", "train_size"},
                                   {"valid", "validation_size"},
                                   {"test", "test_size"}}) {
    const std::int64_t count = config.integer(key);
    for (std::int64_t n = 0; n < count; ++n, ++next) {
      const auto mix = drawn_steps(draws, 1, next, topics, /*spread=*/2.0);
      std::vector<std::int32_t> counts(static_cast<std::size_t>(words), 0);
      for (std::int64_t i = 0; i < length; ++i) {
        const std::size_t topic = index_at(mix, draws.uniform(2, next, i));
        ++counts[index_at(topic_steps[topic], draws.uniform(3, next, i))];
      }
      std::vector<Corpus::Pair> pairs;
      for (std::int64_t w = 0; w < words; ++w)
        if (counts[static_cast<std::size_t>(w)] > 0)
          pairs.push_back({static_cast<std::int32_t>(w), counts[static_cast<std::size_t>(w)]});
      builder.add(pairs);
      content.append(reinterpret_cast<const char*>(pairs.data()), pairs.size() * sizeof pairs[0]);
      out.splits[split].documents.push_back(next);
    }
  }
  const auto corpus = builder.finish(io::sha256_hex(content));
  corpus->set_vocabulary(words, nullptr);
  for (auto& [name, split] : out.splits) {
    split.corpus = corpus;
    split.sha256 = corpus->sha256();
  }
  out.event_shape = {words};
  out.info["topics"] = topics;
  return out;
}

}  // namespace elbow::data
