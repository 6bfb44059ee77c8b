#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "documents.h"
#include "elbow/kernels/vector_math.h"
#include "elbow/models/conjugate/latent_dirichlet.h"
#include "topic_math.h"

namespace elbow {

/// q(theta_d) of a batch, and what the sweeps leave behind.
struct DocumentFit {
  Tensor alpha;               ///< [K]
  Tensor elog, topics;        ///< [W, K] E[ln beta] and its exponential
  Tensor gamma, theta;        ///< [B, K] theta: exp E[ln theta]
  std::vector<double> norms;  ///< [pairs] sum_k theta_dk topics_wk
};

namespace {

/// gamma to begin from: what is known, or alpha + N_d / K; alpha for a document without words.
Tensor begin_of(const Documents& documents, const Tensor& alpha, const Tensor& local) {
  const std::int64_t k = alpha.numel();
  Tensor out = local.defined() ? local.to(at::kDouble).clone(at::MemoryFormat::Contiguous)
                               : at::zeros({documents.count(), k}, at::kDouble);
  double* row = out.mutable_data_ptr<double>();
  const double* const prior = alpha.const_data_ptr<double>();
  for (std::int64_t d = 0; d < documents.count(); ++d, row += k) {
    const double tokens = documents.tokens(d);
    if (tokens > 0 && row[0] > 0) continue;
    for (std::int64_t j = 0; j < k; ++j) row[j] = prior[j] + tokens / static_cast<double>(k);
  }
  return out;
}

/// sum_w n_w / norm_w sum_k value_k topics_wk of each document, [B].
Tensor over_words(const Documents& documents, const DocumentFit& fit, const Tensor& value) {
  const std::int64_t k = value.size(1);
  Tensor out = at::empty({documents.count()}, at::kDouble);
  double* const sums = out.mutable_data_ptr<double>();
  const double* const values = value.const_data_ptr<double>();
  const double* const topics = fit.topics.const_data_ptr<double>();
  at::parallel_for(0, documents.count(), 8, [&](std::int64_t begin, std::int64_t end) {
    // Words outside, topics inside: K sums side by side, which the processor takes several at a
    // time.
    std::vector<double> of_topic(static_cast<std::size_t>(k));
    double* const each = of_topic.data();
    for (std::int64_t d = begin; d < end; ++d) {
      std::fill(of_topic.begin(), of_topic.end(), 0.0);
      for (auto i = static_cast<std::size_t>(documents.offsets[static_cast<std::size_t>(d)]);
           i < static_cast<std::size_t>(documents.offsets[static_cast<std::size_t>(d) + 1]);
           ++i) {
        const double* const topic = topics + documents.words[i] * k;
        const double weight = documents.counts[i] / fit.norms[i];
        for (std::int64_t j = 0; j < k; ++j) each[j] += weight * topic[j];
      }
      double sum = 0;
      for (std::int64_t j = 0; j < k; ++j) sum += values[d * k + j] * each[j];
      sums[d] = sum;
    }
  });
  return out;
}

/// Expected counts of the batch's words, [W, K].
Tensor counts_of(const Documents& documents, const DocumentFit& fit) {
  Tensor out = at::zeros(fit.topics.sizes(), at::kDouble);
  kernels::lda_statistics(documents.view(),
                          fit.topics.size(1),
                          documents.num_words(),
                          fit.topics.const_data_ptr<double>(),
                          fit.theta.const_data_ptr<double>(),
                          fit.norms.data(),
                          out.mutable_data_ptr<double>());
  return out;
}

/// [B]
Tensor bound_of(const Documents& documents, const DocumentFit& fit) {
  Tensor out = at::empty({documents.count()}, at::kDouble);
  kernels::lda_local_bound(documents.view(),
                           fit.alpha.numel(),
                           fit.alpha.const_data_ptr<double>(),
                           fit.gamma.const_data_ptr<double>(),
                           fit.norms.data(),
                           out.mutable_data_ptr<double>());
  return out;
}

/// Sets the bound of a document with a word that every topic excludes to -inf; whether there is
/// one.
bool exclude_impossible(const Documents& documents, const Tensor& topics, Tensor& bound) {
  if (topics.numel() == 0) return false;
  const Tensor largest = std::get<0>(topics.max(1));
  const double* const most = largest.const_data_ptr<double>();
  double* const bounds = bound.mutable_data_ptr<double>();
  bool out = false;
  for (std::int64_t d = 0; d < documents.count(); ++d)
    for (auto i = static_cast<std::size_t>(documents.offsets[static_cast<std::size_t>(d)]);
         i < static_cast<std::size_t>(documents.offsets[static_cast<std::size_t>(d) + 1]);
         ++i) {
      if (documents.counts[i] == 0 || most[documents.words[i]] > 0) continue;
      bounds[d] = -std::numeric_limits<double>::infinity();
      out = true;
    }
  return out;
}

Tensor column_sums(const Tensor& values) { return row_sums(values.transpose(0, 1)); }

/// Rows of values where the document has words, 0 elsewhere.
Tensor with_words(const Documents& documents, const Tensor& values) {
  Tensor out = values.clone();
  for (std::int64_t d = 0; d < documents.count(); ++d)
    if (documents.tokens(d) == 0) out[d].zero_();
  return out;
}

}  // namespace

Tensor LatentDirichlet::elog_topics_of(const Tensor& words, const Globals& globals) const {
  if (factors_[kTopics].is_point)
    return globals.mean(kTopics).index_select(1, words).transpose(0, 1).contiguous();
  // Most words of the vocabulary: the bound will ask for all of them.
  if (2 * words.numel() > vocabulary_size_)
    return elog_topics(globals).index_select(1, words).transpose(0, 1).contiguous();
  const Tensor& natural = globals.natural(kTopics);
  const Tensor own = (natural.index_select(1, words) + 1.0).transpose(0, 1).contiguous();
  const Tensor totals = row_sums(natural) + static_cast<double>(vocabulary_size_);
  return mapped(kernels::digamma, own) - mapped(kernels::digamma, totals);
}

DocumentFit LatentDirichlet::fit(const Documents& documents,
                                 const Globals& globals,
                                 const Tensor& local) const {
  DocumentFit out;
  out.alpha = alpha_of(globals);
  out.elog = elog_topics_of(documents.vocabulary, globals);
  out.topics = mapped(kernels::exp, out.elog);
  out.gamma = begin_of(documents, out.alpha, local);
  out.theta = at::empty(out.gamma.sizes(), at::kDouble);
  out.norms.resize(documents.words.size());
  kernels::lda_e_step({documents.view(),
                       num_topics_,
                       documents.num_words(),
                       out.topics.const_data_ptr<double>(),
                       out.alpha.const_data_ptr<double>(),
                       most_sweeps_,
                       tolerance_,
                       out.gamma.mutable_data_ptr<double>(),
                       out.theta.mutable_data_ptr<double>(),
                       out.norms.data(),
                       /*sweeps=*/nullptr});
  return out;
}

LocalStep LatentDirichlet::local_step(const Batch& batch,
                                      const Globals& globals,
                                      const Tensor& local) const {
  const Tensor& x = batch.x;
  const Documents documents = documents_of(x, vocabulary_size_);
  const DocumentFit found = fit(documents, globals, local);
  LocalStep out;
  out.local = found.gamma;
  const Tensor counts = counts_of(documents, found);
  Tensor bound = bound_of(documents, found);
  double num_with_words = 0;
  for (std::int64_t d = 0; d < documents.count(); ++d)
    documents.tokens(d) > 0 ? num_with_words += 1 : bound.mutable_data_ptr<double>()[d] = 0;
  const Tensor elog_theta = expected_log(found.gamma);
  Statistics& statistics = out.statistics;
  statistics.parts = {at::zeros({num_topics_, vocabulary_size_}, at::kDouble)
                          .index_copy(1, documents.vocabulary, counts.transpose(0, 1)),
                      column_sums(with_words(documents, elog_theta)),
                      at::zeros({1}, at::kDouble) + num_with_words};
  statistics.count = static_cast<double>(documents.count());
  // E[ln p(z | theta)]: no global factor touches it.
  statistics.constant = fixed_sum(over_words(documents, found, found.theta * elog_theta));
  // With phi at its optimum the bound is known as a whole; what of it is no expectation is entropy.
  statistics.entropy = fixed_sum(bound) - statistics.constant - weighted_sum(counts, found.elog) -
                       proportions_term(statistics, found.alpha);
  out.bound = bound;
  if (!factors_[kTopics].is_point) return out;
  if (exclude_impossible(documents, found.topics, bound))
    statistics.constant = -std::numeric_limits<double>::infinity();
  return out;
}

Tensor LatentDirichlet::expected_topics(const Globals& globals) const {
  if (factors_[kTopics].is_point) return globals.mean(kTopics).exp();
  const Tensor concentration = globals.natural(kTopics) + 1.0;
  return concentration / row_sums(concentration).unsqueeze(-1);
}

Tensor LatentDirichlet::log_predictive(const Batch& batch, const Globals& globals) const {
  const Tensor& x = batch.x;
  Documents documents = documents_of(x, vocabulary_size_);
  const Halves halves = halves_of(documents);
  documents.counts = halves.first;
  const DocumentFit found = fit(documents, globals, {});
  const Tensor theta = found.gamma / row_sums(found.gamma).unsqueeze(-1);
  const Tensor topics =
      expected_topics(globals).index_select(1, documents.vocabulary).transpose(0, 1).contiguous();
  Tensor out = at::zeros({documents.count()}, at::kDouble);
  double* const sums = out.mutable_data_ptr<double>();
  const double* const shares = theta.const_data_ptr<double>();
  const double* const words = topics.const_data_ptr<double>();
  for (std::int64_t d = 0; d < documents.count(); ++d)
    for (auto i = static_cast<std::size_t>(documents.offsets[static_cast<std::size_t>(d)]);
         i < static_cast<std::size_t>(documents.offsets[static_cast<std::size_t>(d) + 1]);
         ++i) {
      if (halves.second[i] == 0) continue;
      double probability = 0;
      for (std::int64_t k = 0; k < num_topics_; ++k)
        probability += shares[d * num_topics_ + k] * words[documents.words[i] * num_topics_ + k];
      sums[d] += halves.second[i] * std::log(probability);
    }
  return out;
}

Tensor LatentDirichlet::num_predicted(const Batch& batch) const {
  const Tensor& x = batch.x;
  Documents documents = documents_of(x, vocabulary_size_);
  documents.counts = halves_of(documents).second;
  Tensor out = at::empty({documents.count()}, at::kDouble);
  for (std::int64_t d = 0; d < documents.count(); ++d)
    out.mutable_data_ptr<double>()[d] = documents.tokens(d);
  return out;
}

bool LatentDirichlet::excludes_some(const Globals& globals) const {
  return factors_[kTopics].is_point && globals.mean(kTopics).isneginf().any().item<bool>();
}

Encoding LatentDirichlet::encode(const Batch& batch, const Globals& globals) const {
  const Tensor& x = batch.x;
  const Tensor gamma = fit(documents_of(x, vocabulary_size_), globals, {}).gamma;
  return {{"topic", gamma / row_sums(gamma).unsqueeze(-1)}};
}

}  // namespace elbow
