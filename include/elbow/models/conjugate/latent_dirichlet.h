#pragma once

#include "elbow/models/conjugate/conjugate_model.h"
#include "elbow/models/conjugate/topic_words.h"

namespace elbow {

struct Documents;
struct DocumentFit;

/// Latent Dirichlet allocation: documents mix topics, theta_d ~ Dirichlet(alpha), and topics are
/// distributions over words, beta_k ~ Dirichlet(eta). q(theta_d) is a Dirichlet(gamma_d), fitted by
/// sweeps; the global factors are the topics [K, V] and, where they are learned, the plain numbers
/// alpha [K] and eta [1].
///
/// Statistics: expected counts of topics and words [K, V]; sum_d E[ln theta_d] [K] and the number
/// of documents [1], both over documents that have words. One without words says nothing: its
/// q(theta) is the prior, whatever alpha is.
///
/// Blei, Ng, Jordan, "Latent Dirichlet allocation", JMLR 3, 2003, section 5 and appendix A;
/// Hoffman, Bach, Blei, "Online learning for latent Dirichlet allocation", NIPS 2010.
class LatentDirichlet : public ConjugateModel, public TopicWords {
 public:
  /// @throws ConfigError when an example is not one row of counts
  LatentDirichlet(const ConfigNode& node, const DataContext& data);
  static ComponentInfo info();

  /// Only topics of words in the batch are evaluated. A word that every topic excludes, which only
  /// point masses do, gives its document a bound of -inf.
  /// @param x     [B, V] sparse CSR counts
  /// @param local [B, K] gamma to begin from, zeros for alpha + N_d / K
  /// @throws DataError for what is no matrix of counts
  LocalStep local_step(const Batch& batch,
                       const Globals& globals,
                       const Tensor& local) const override;
  bool prefers_fresh_locals() const override { return true; }
  std::vector<Tensor> initial(const InitialData& data, RandomSource& source) const override;
  /// A point mass of a topic without any expected count keeps what it has.
  /// @throws DataError for point masses of topics with learn_eta or eta < 1, which have no maximum
  Tensor optimum(std::size_t i,
                 const Statistics& statistics,
                 const Globals& globals) const override;
  double expected_log_joint(const Statistics& statistics, const Globals& globals) const override;
  /// The topics' prior has the eta of `globals`; the numbers have no term of their own.
  double global_term(std::size_t i, const Globals& globals) const override;
  /// Document completion: the tokens of a document, in the order of its words, are dealt
  /// alternately to two halves; the first fits gamma with fixed topics, the second is scored with
  /// sum_k E[theta_k] E[beta_kw].
  /// @throws DataError for counts that are not whole
  Tensor log_predictive(const Batch& batch, const Globals& globals) const override;
  /// Tokens of the second half, [B].
  Tensor num_predicted(const Batch& batch) const override;
  bool excludes_some(const Globals& globals) const override;
  /// E[theta], [B, K].
  Encoding encode(const Batch& batch, const Globals& globals) const override;
  /// Documents of draw_length words as counts, dense [n, V], all from one draw of the topics.
  Tensor sample(std::int64_t n, const Globals& globals, RandomSource& source) const override;
  std::vector<std::vector<std::int64_t>> top_words(const Globals& globals,
                                                   std::int64_t count) const override;
  const TopicWords* topics() const override { return this; }
  /// Topics by weight, the share of expected words, each with its most probable words: as text
  /// where the vocabulary is known, else as ids.
  Json summary(const Globals& globals) const override;

 private:
  static constexpr std::size_t kTopics = 0;                                  ///< factor
  static constexpr std::size_t kCounts = 0, kElogTheta = 1, kDocuments = 2;  ///< statistics

  Tensor alpha_of(const Globals& globals) const;  ///< [K]
  double eta_of(const Globals& globals) const;
  /// E[ln beta], [K, V].
  Tensor elog_topics(const Globals& globals) const;
  /// E[ln beta] of some words, [W, K].
  Tensor elog_topics_of(const Tensor& words, const Globals& globals) const;
  /// E[beta], [K, V].
  Tensor expected_topics(const Globals& globals) const;
  /// sum_d E[ln p(theta_d | alpha)].
  double proportions_term(const Statistics& statistics, const Tensor& alpha) const;
  DocumentFit fit(const Documents& documents, const Globals& globals, const Tensor& local) const;
  Tensor topics_optimum(const Statistics& statistics, const Globals& globals) const;
  Tensor alpha_optimum(const Statistics& statistics, const Globals& globals) const;
  void check_points() const;
  std::vector<std::int64_t> by_weight(const Globals& globals, std::vector<double>& weights) const;

  std::int64_t num_topics_, vocabulary_size_;
  double alpha_, eta_;
  std::string learn_alpha_, start_;
  bool learns_eta_;
  int most_sweeps_;
  double tolerance_;
  std::int64_t num_top_words_, draw_length_;
  std::shared_ptr<const std::vector<std::string>> words_;
  std::size_t alpha_index_ = 0, eta_index_ = 0;  ///< 0: not learned
  mutable Tensor elog_at_, elog_;  ///< the natural parameters last asked for, and E[ln beta] there
};

}  // namespace elbow
