#pragma once

#include "elbow/conjugate/component_likelihood.h"
#include "elbow/conjugate/conjugate_model.h"
#include "elbow/conjugate/mixture_weights.h"

namespace elbow {

/// A finite mixture: q(z_n) are responsibilities, the global factors are the weights and the
/// components.
///
/// Bishop, "Pattern Recognition and Machine Learning", 2006, section 10.2; Attias, "A variational
/// Bayesian framework for graphical models", 2000, section 3.
class MixtureModel : public ConjugateModel {
 public:
  MixtureModel(const ConfigNode& node, const ConjugateFacts& facts);
  static ComponentInfo info();

  LocalStep local_step(const Tensor& x, const Globals& globals, const Tensor& local) const override;
  std::vector<Tensor> initial(const InitialData& data, RandomSource& source) const override;
  Tensor log_predictive(const Tensor& x, const Globals& globals) const override;
  Encoding encode(const Tensor& x, const Globals& globals) const override;
  Tensor sample(std::int64_t n, const Globals& globals, RandomSource& source) const override;
  std::vector<ClassShape> class_shapes(const Globals& globals) const override;
  Json summary(const Globals& globals) const override;

  /// Natural parameters after one global update from given responsibilities of all examples.
  /// @param x [N, D] @param responsibilities [N, K]
  std::vector<Tensor> naturals_from(const Tensor& x, const Tensor& responsibilities) const;
  /// E[pi_k], [K].
  Tensor expected_weights(const Globals& globals) const;
  const ComponentLikelihood& components() const { return *components_; }

 private:
  /// E[ln pi_k] + E[ln p(x_n | theta_k)] without b(x_n), [B, K].
  Tensor scores(const Tensor& x, const Globals& globals) const;
  /// Soft responsibilities in one pass over the rows, without a number for each row, class and
  /// feature.
  LocalStep one_pass(const Tensor& x, const Globals& globals, const QuadraticScores& scores) const;
  LocalStep local_step_by_tensors(const Tensor& x, const Globals& globals) const;
  void finish(const Tensor& x, LocalStep& out) const;
  std::vector<Tensor> statistics(const Tensor& x, const Tensor& responsibilities) const;
  std::size_t components_index() const { return factors_.size() - 1; }

  std::int64_t num_components_;
  bool is_hard_;
  std::string start_;
  MixtureWeightsPtr weights_;
  ComponentLikelihoodPtr components_;
  bool has_weights_;
};

}  // namespace elbow
