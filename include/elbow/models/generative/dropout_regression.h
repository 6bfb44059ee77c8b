#pragma once

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/component.h"
#include "elbow/foundations/core/config_node.h"
#include "elbow/models/generative/supervised_model.h"

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
  };
  DropoutRegression(const RegressionOptions& options, const Dropout& dropout);
  static ComponentInfo info();
  static GenerativeModelPtr create(const ConfigNode& node, const DataContext& data);

  /// None: dropout is the approximate posterior.
  std::vector<SiteSpec> sites() const override { return {}; }
  /// @return "y" with log_prob [1, B G], less the penalty
  Trace score(const Batch& batch, const Trace& latents, const ModelContext& context) override;
  /// @param latents none: the draws leave out units anew
  DistributionPtr responses(const Tensor& inputs,
                            const Trace& latents,
                            std::int64_t count) override;
  std::int64_t num_groups() const override { return weights_.size(0); }

 private:
  /// Of each data set, for each of N examples: [G].
  Tensor penalty(std::int64_t num_examples) const;

  WeightNetwork network_;
  Dropout dropout_;
  std::shared_ptr<NormalResponse> response_;
  Tensor weights_;  ///< [G, P]
};

}  // namespace elbow
