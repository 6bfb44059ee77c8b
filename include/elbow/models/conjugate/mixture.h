#pragma once

#include "elbow/models/conjugate/class_ellipses.h"
#include "elbow/models/conjugate/component_likelihood.h"
#include "elbow/models/conjugate/conjugate_model.h"
#include "elbow/models/conjugate/mixture_weights.h"

namespace elbow {

/// A finite mixture: q(z_n) are responsibilities, the global factors are the weights and the
/// components.
///
/// Bishop, "Pattern Recognition and Machine Learning", 2006, section 10.2; Attias, "A variational
/// Bayesian framework for graphical models", 2000, section 3.
class MixtureModel : public ConjugateModel, public ClassEllipses {
 public:
  MixtureModel(const ConfigNode& node, const DataContext& data);
  static ComponentInfo info();

  LocalStep local_step(const Batch& batch,
                       const Globals& globals,
                       const Tensor& local) const override;
  std::vector<Tensor> initial(const InitialData& data, RandomSource& source) const override;
  /// Normal classes have a frame, [K, D]: a point near each class.
  Globals start(const InitialData& data, RandomSource& source) const override;
  void reframe(Globals& globals) const override;
  /// -inf for an example that no class can have made.
  Tensor log_predictive(const Batch& batch, const Globals& globals) const override;
  bool excludes_some(const Globals& globals) const override;
  std::optional<LocationPrior> location_prior(const Tensor& spread) const override;
  /// Responsibilities; 0 for all classes where none can have made the example.
  Encoding encode(const Batch& batch, const Globals& globals) const override;
  Tensor sample(std::int64_t n, const Globals& globals, RandomSource& source) const override;
  std::vector<ClassShape> class_shapes(const Globals& globals) const override;
  const ClassEllipses* ellipses() const override { return this; }
  Json summary(const Globals& globals) const override;

  /// Natural parameters after one global update from given responsibilities of all examples.
  /// @param x [N, D] @param responsibilities [N, K]
  std::vector<Tensor> naturals_from(const Tensor& x, const Tensor& responsibilities) const;
  /// E[pi_k], [K].
  Tensor expected_weights(const Globals& globals) const;
  const ComponentLikelihood& components() const { return *components_; }

 private:
  /// q(z_n) of a batch, and what it says of the bound.
  struct Assignment {
    Tensor responsibilities;  ///< [B, K]; 0 where no class is possible
    Tensor log_normaliser;    ///< [B]; -inf there
    double entropy = 0;
  };
  Assignment assign(const Tensor& score) const;
  /// E[ln pi_k] + E[ln p(x_n | theta_k)], [B, K]: without b(x_n), but with it in a frame.
  Tensor scores(const Tensor& x, const Globals& globals) const;
  /// Soft responsibilities in one pass over the rows, without a number for each row, class and
  /// feature.
  LocalStep one_pass(const Tensor& x, const Globals& globals, const QuadraticScores& scores) const;
  LocalStep local_step_by_tensors(const Tensor& x, const Globals& globals) const;
  /// The count and the constant. @param base sum of b over the examples
  void finish(std::int64_t num_rows, double base, LocalStep& out) const;
  std::vector<Tensor> statistics(const Tensor& x, const Tensor& responsibilities) const;
  /// Responsibilities of some examples to begin with, which stand for all.
  std::pair<Tensor, Tensor> start_rows(const InitialData& data, RandomSource& source) const;
  std::size_t components_index() const { return factors_.size() - 1; }

  std::int64_t num_components_;
  bool is_hard_;
  std::string start_;
  MixtureWeightsPtr weights_;
  ComponentLikelihoodPtr components_;
  bool has_weights_;
};

}  // namespace elbow
