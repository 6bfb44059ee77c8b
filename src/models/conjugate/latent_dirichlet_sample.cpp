#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <numeric>

#include "elbow/models/conjugate/latent_dirichlet.h"
#include "elbow/models/conjugate/numbers.h"
#include "elbow/probability/distributions/gamma.h"
#include "topic_math.h"

namespace elbow {

namespace {

/// One draw from the Dirichlet of each row. In logarithms, since draws for a small concentration
/// underflow: G(a) = G(a + 1) U^(1/a). Marsaglia, Tsang, "A simple method for generating gamma
/// variables", 2000, section 6. [R, C]
Tensor drawn_proportions(const Tensor& concentration, RandomSource& source) {
  const Tensor more = (concentration + 1.0).log();
  const Tensor draws = Gamma(more, at::zeros_like(more)).rsample({}, source);
  const Tensor uniform = source.uniform(concentration.sizes(), concentration.options());
  return (draws.log() + uniform.log() / concentration).softmax(-1);
}

/// The place in running sums that a uniform number falls into.
std::int64_t place_of(const double* sums, std::int64_t count, double uniform) {
  const auto found = std::upper_bound(sums, sums + count, uniform * sums[count - 1]) - sums;
  return std::min<std::int64_t>(found, count - 1);
}

}  // namespace

// Topics are integrated out, so that each document is a draw of its own: given the words that a
// document has from a topic, its next one is one of them in proportion to their number, else one
// from the topic's mean (Polya's urn).
Tensor LatentDirichlet::sample(std::int64_t n, const Globals& globals, RandomSource& source) const {
  const bool is_point = factors_[kTopics].is_point;
  const Tensor topics = is_point ? expected_topics(globals) : globals.natural(kTopics) + 1.0;
  const Tensor alpha = alpha_of(globals).unsqueeze(0).expand({n, num_topics_}).contiguous();
  const Tensor words = topics.cumsum(-1).contiguous(),
               theta = drawn_proportions(alpha, source).cumsum(-1).contiguous();
  const Tensor uniform = source.uniform({n, draw_length_, 2}, theta.options()).contiguous();
  Tensor out = at::zeros({n, vocabulary_size_}, at::kDouble);
  double* const counts = out.mutable_data_ptr<double>();
  const double* next = uniform.const_data_ptr<double>();
  std::vector<std::vector<std::int64_t>> earlier(static_cast<std::size_t>(num_topics_));
  for (std::int64_t d = 0; d < n; ++d) {
    for (auto& of_topic : earlier) of_topic.clear();
    for (std::int64_t i = 0; i < draw_length_; ++i, next += 2) {
      const std::int64_t k =
          place_of(theta.const_data_ptr<double>() + d * num_topics_, num_topics_, next[0]);
      const double* const sums = words.const_data_ptr<double>() + k * vocabulary_size_;
      auto& own = earlier[static_cast<std::size_t>(k)];
      const double total = sums[vocabulary_size_ - 1],
                   at = next[1] * (total + static_cast<double>(own.size()));
      const std::int64_t v = at < total ? place_of(sums, vocabulary_size_, at / total)
                                        : own[static_cast<std::size_t>(at - total)];
      if (!is_point) own.push_back(v);
      counts[d * vocabulary_size_ + v] += 1;
    }
  }
  return out;
}

std::vector<std::vector<std::int64_t>> LatentDirichlet::top_words(const Globals& globals,
                                                                  std::int64_t count) const {
  const auto most = std::min(count, vocabulary_size_);
  std::vector<std::vector<std::int64_t>> out;
  std::vector<std::int64_t> order(static_cast<std::size_t>(vocabulary_size_));
  for (std::int64_t k = 0; k < num_topics_; ++k) {
    const std::vector<double> value = numbers_of(globals.natural(kTopics).select(0, k));
    std::iota(order.begin(), order.end(), 0);
    // Equal words in the order of the vocabulary.
    std::partial_sort(order.begin(), order.begin() + most, order.end(), [&](auto a, auto b) {
      const double left = value[static_cast<std::size_t>(a)],
                   right = value[static_cast<std::size_t>(b)];
      return left > right || (left == right && a < b);
    });
    out.emplace_back(order.begin(), order.begin() + most);
  }
  return out;
}

std::vector<std::int64_t> LatentDirichlet::by_weight(const Globals& globals,
                                                     std::vector<double>& weights) const {
  const double prior = factors_[kTopics].is_flat ? 0.0 : eta_of(globals) - 1.0;
  const Tensor expected =
      (row_sums(globals.natural(kTopics)) - prior * static_cast<double>(vocabulary_size_))
          .clamp_min(0.0);
  weights = numbers_of(expected / std::max(fixed_sum(expected), 1e-300));
  std::vector<std::int64_t> out(weights.size());
  std::iota(out.begin(), out.end(), 0);
  std::stable_sort(out.begin(), out.end(), [&](auto a, auto b) {
    return weights[static_cast<std::size_t>(a)] > weights[static_cast<std::size_t>(b)];
  });
  return out;
}

Json LatentDirichlet::summary(const Globals& globals) const {
  std::vector<double> weights;
  const auto top = top_words(globals, num_top_words_);
  const bool has_text = words_ && static_cast<std::int64_t>(words_->size()) == vocabulary_size_;
  const Tensor probability = expected_topics(globals).contiguous();
  Json topics = Json::array();
  for (const std::int64_t k : by_weight(globals, weights)) {
    Json words = Json::array(), shares = Json::array();
    for (const std::int64_t v : top[static_cast<std::size_t>(k)]) {
      has_text ? words.push_back((*words_)[static_cast<std::size_t>(v)]) : words.push_back(v);
      shares.push_back(probability.const_data_ptr<double>()[k * vocabulary_size_ + v]);
    }
    topics.push_back({{"topic", k},
                      {"weight", weights[static_cast<std::size_t>(k)]},
                      {"words", words},
                      {"probabilities", shares}});
  }
  return {{"topics", topics}, {"alpha", numbers_of(alpha_of(globals))}, {"eta", eta_of(globals)}};
}

}  // namespace elbow
