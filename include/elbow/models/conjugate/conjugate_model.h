#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "elbow/data/dataset/batch.h"
#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/component.h"
#include "elbow/models/conjugate/global_factor.h"
#include "elbow/models/conjugate/statistics.h"

namespace elbow {

class ClassEllipses;
class PredictiveBands;
class ResponsePrediction;
class TopicWords;

/// What the local step of a batch finds.
struct LocalStep {
  Statistics statistics;
  Tensor bound;  ///< [B] E[ln p(x_n, z_n | globals)] + H[q(z_n)]: sums to expected_log_joint() +
                 ///< entropy
  Tensor local;  ///< [B, L] where q(z_n) ended, to begin from the next time; undefined when nothing
                 ///< is iterated
};

/// What a start may look at.
struct InitialData {
  std::int64_t num_examples = 0;
  std::function<Batch(const std::vector<std::int64_t>& rows)> rows;  ///< of the training split
};

/// Named columns of an encoding, [B, width] each.
using Encoding = std::vector<std::pair<std::string, Tensor>>;

/// A conditionally conjugate model: given the local variables z_n the global factors have
/// closed-form optima, and given the global factors so has q(z_n). A new model gives its factors
/// with their priors, a local step that returns expected statistics, and a start; the defaults do
/// the rest where each factor's optimum is its prior plus its statistics.
///
/// Hoffman, Blei, Wang, Paisley, "Stochastic variational inference", 2013, arXiv:1206.7051, section
/// 2; Bishop, "Pattern Recognition and Machine Learning", 2006, sections 10.1 to 10.4.
class ConjugateModel {
 public:
  virtual ~ConjugateModel() = default;
  const std::vector<GlobalFactor>& factors() const { return factors_; }
  /// Makes point masses of the factors with these names. @param is_flat without their priors:
  /// maximum likelihood
  /// @throws UsageError naming the factors there are
  void use_points(const std::vector<std::string>& names, bool is_flat);
  /// @param batch x [B, event...] float64, a sparse CSR matrix for bags of words
  /// @param local [B, L] where to begin, a row of zeros where nothing is known yet; or undefined
  virtual LocalStep local_step(const Batch& batch,
                               const Globals& globals,
                               const Tensor& local) const = 0;
  /// Whether q(z_n) is better begun anew in each pass: where it ended holds on to early globals.
  virtual bool prefers_fresh_locals() const { return false; }
  /// Natural parameters for every factor to begin with, in the coordinates of the data.
  virtual std::vector<Tensor> initial(const InitialData& data, RandomSource& source) const = 0;
  /// The same in a frame that suits the data, for models that have frames.
  virtual Globals start(const InitialData& data, RandomSource& source) const;
  /// Moves to another frame where the present one no longer suits what was learned; changes the
  /// coordinates, never the distribution.
  virtual void reframe(Globals& globals) const;

  /// The natural parameter that maximises the bound over factor i, all others fixed: prior +
  /// statistics by default.
  virtual Tensor optimum(std::size_t i, const Statistics& statistics, const Globals& globals) const;
  /// E_q[ln p(x, z | globals)] of the statistics' examples, in nats: sum_i <statistics_i, E t_i> +
  /// constant by default.
  virtual double expected_log_joint(const Statistics& statistics, const Globals& globals) const;
  /// E_q[ln p(factor) - ln q(factor)], in nats: minus the KL by default, ln p at the point for a
  /// point mass.
  virtual double global_term(std::size_t i, const Globals& globals) const;

  /// ln p(x_n | what was learned), [B]; undefined when the model has no closed form for it.
  virtual Tensor log_predictive(const Batch& batch, const Globals& globals) const;
  /// How many things log_predictive() predicts in each example, [B], for a perplexity: words of a
  /// document. Undefined where an example is one thing.
  virtual Tensor num_predicted(const Batch& batch) const;
  /// Whether some examples have probability 0: point masses may exclude a word or a symbol. A
  /// density that is 0 without that has overflowed.
  virtual bool excludes_some(const Globals& globals) const;
  /// The prior of the columns' means, where the model has a proper one.
  /// @param spread [D] standard deviations of the columns of the data
  virtual std::optional<LocationPrior> location_prior(const Tensor& spread) const;
  /// q(z_n) of examples in words: responsibilities, topic proportions, state probabilities.
  virtual Encoding encode(const Batch& batch, const Globals& globals) const;
  /// Ancestral draws: globals from q, then latents and examples. @return [n, event...]; undefined
  /// when there are none
  virtual Tensor sample(std::int64_t n, const Globals& globals, RandomSource& source) const;
  /// What was learned, in numbers that people read: component weights, noise, number of dimensions
  /// kept.
  virtual Json summary(const Globals& globals) const;

  /// What only some models can do beyond inference; null for all others.
  virtual const ResponsePrediction* response() const { return nullptr; }
  virtual const PredictiveBands* bands() const { return nullptr; }
  virtual const ClassEllipses* ellipses() const { return nullptr; }
  virtual const TopicWords* topics() const { return nullptr; }

 protected:
  std::vector<GlobalFactor> factors_;  ///< set by the constructor
};
using ConjugateModelPtr = std::shared_ptr<ConjugateModel>;

/// The whole bound of the examples behind the statistics, in nats.
double bound_of(const ConjugateModel& model, const Statistics& statistics, const Globals& globals);

/// E[t] with -1e300 for ln 0, which point masses have: no count times ln 0 is 0, not NaN, and any
/// other is hopeless.
Tensor without_infinity(const Tensor& mean);

/// Sum in a fixed order, whatever the number of threads: pairwise over float64 values.
double fixed_sum(const Tensor& values);

}  // namespace elbow
