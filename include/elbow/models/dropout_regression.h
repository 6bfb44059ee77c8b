#pragma once

#include "elbow/core/component.h"
#include "elbow/models/supervised_model.h"

namespace elbow {

/// A response predicted by a network that leaves out a share of each layer's inputs, in training
/// and in prediction: the draws are those of an approximate posterior over the weights, whose KL to
/// the prior is, but for a constant, a penalty on the weights.
///
/// Gal, Ghahramani, "Dropout as a Bayesian approximation", 2016, arXiv:1506.02142, sections 3 and 4
/// and appendix, equation 7: a matrix W is M diag(z) with z ~ Bernoulli(1 - rate), a bias m is
/// never left out, and with N examples the bound of each is E ln p(y | x, w) - (1 - rate) l^2 / (2
/// N) sum |M|^2 - l^2 / (2 N) sum |m|^2, l the prior's length scale. Here the units that are kept
/// are scaled up, so that M is the parameter over 1 - rate.
class DropoutRegression : public SupervisedModel {
 public:
  struct Dropout {
    double rate = 0.05, length_scale = 0.01;
    std::int64_t num_examples = 1;  ///< N
  };
  DropoutRegression(const RegressionOptions& options, const Dropout& dropout);
  static std::vector<Parameter> keys();

  /// @param x [B, D + 1] or [B, G, D + 1] @return "y" with log_prob [1, B G], less the penalty
  Trace score(const Tensor& x, const Trace& guide_trace) override;
  /// @throws std::logic_error
  DistributionPtr prior() override;
  std::int64_t latent_size() const override { return network_.num_weights(); }
  /// @param weights undefined: the draws leave out units anew
  DistributionPtr responses(const Tensor& inputs,
                            const Tensor& weights,
                            std::int64_t count) override;
  std::int64_t num_groups() const override { return weights_.size(0); }

 private:
  /// Of each data set, for each example: [G].
  Tensor penalty() const;

  WeightNetwork network_;
  Dropout dropout_;
  std::shared_ptr<NormalResponse> response_;
  Tensor weights_;  ///< [G, P]
};

}  // namespace elbow
