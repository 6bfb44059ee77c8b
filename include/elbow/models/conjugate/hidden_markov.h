#pragma once

#include "elbow/models/conjugate/component_likelihood.h"
#include "elbow/models/conjugate/conjugate_model.h"

namespace elbow {

struct Sequences;
struct StatePosterior;

/// A hidden Markov model of sequences of different lengths: the global factors are the initial
/// probabilities [K], the rows of the transition matrix [K, K] (row = from) and the components that
/// steps are drawn from; q(z_n) is the exact posterior of the chain, or factorised over its steps.
///
/// Sequences are [T, D] float64; rows of NaN at the end are past the end.
///
/// MacKay, "Ensemble learning for hidden Markov models", 1997; Beal, "Variational algorithms for
/// approximate Bayesian inference", 2003, chapter 3.
class HiddenMarkov : public ConjugateModel {
 public:
  /// @throws ConfigError when the data are not sequences, or are shorter than there are states
  HiddenMarkov(const ConfigNode& node, const DataContext& data);
  static ComponentInfo info();

  /// @throws DataError for a value missing within a sequence and for values that the component
  ///         cannot score
  LocalStep local_step(const Batch& batch,
                       const Globals& globals,
                       const Tensor& local) const override;
  std::vector<Tensor> initial(const InitialData& data, RandomSource& source) const override;
  /// States with normal components have a frame, [K, D]: a point near each.
  Globals start(const InitialData& data, RandomSource& source) const override;
  void reframe(Globals& globals) const override;
  /// A point mass keeps what it has where nothing of the data or the prior determines it.
  /// @throws DataError when a component has no maximum-likelihood estimate
  Tensor optimum(std::size_t i,
                 const Statistics& statistics,
                 const Globals& globals) const override;
  double expected_log_joint(const Statistics& statistics, const Globals& globals) const override;
  double global_term(std::size_t i, const Globals& globals) const override;
  /// Exact where every factor is a point mass; undefined else, since the sum over paths of
  /// expectations has no closed form.
  Tensor log_predictive(const Batch& batch, const Globals& globals) const override;
  bool excludes_some(const Globals& globals) const override;
  std::optional<LocationPrior> location_prior(const Tensor& spread) const override;
  /// state_probability [B, T, K], 0 past the end and where no path is possible; path [B, T], the
  /// most probable one under expected log parameters, -1 past the end.
  Encoding encode(const Batch& batch, const Globals& globals) const override;
  /// Sequences of T steps, each with global parameters of its own.
  Tensor sample(std::int64_t n, const Globals& globals, RandomSource& source) const override;
  Json summary(const Globals& globals) const override;

  const ComponentLikelihood& components() const { return *components_; }

 private:
  static constexpr std::size_t kInitial = 0, kTransitions = 1, kComponents = 2;  ///< factors

  Sequences checked(const Batch& batch) const;
  Globals begin(const InitialData& data, RandomSource& source, bool may_have_frame) const;
  /// E[ln p(x_t | theta_k)], [M, K]: without b(x_t), but with it in a frame.
  Tensor scores(const Tensor& steps, const Globals& globals) const;
  /// @param local [B, T * K] or undefined
  StatePosterior posterior(const Sequences& data,
                           const Tensor& score,
                           const Globals& globals,
                           const Tensor& local) const;
  /// Natural parameters of factor i, whose mode must exist where it is a point mass: rows of a
  /// Dirichlet that all values fit equally are `otherwise`. @throws DataError where there is none
  Tensor with_a_mode(std::size_t i, const Tensor& natural, const Tensor& otherwise) const;
  /// E[p] of initial or transition probabilities.
  Tensor expected_probability(std::size_t i, const Globals& globals) const;
  /// n draws of factor i, or its point n times, [n, ...].
  Tensor drawn(std::size_t i, std::int64_t n, const Globals& globals, RandomSource& source) const;
  /// [n, T] draws of states.
  Tensor drawn_states(std::int64_t n, const Globals& globals, RandomSource& source) const;

  std::int64_t num_states_, num_steps_;
  bool is_chain_;
  std::int64_t most_sweeps_;
  double tolerance_;
  std::string start_;
  ComponentLikelihoodPtr components_;
};

}  // namespace elbow
