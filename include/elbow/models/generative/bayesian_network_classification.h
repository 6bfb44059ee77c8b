#pragma once

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/component.h"
#include "elbow/foundations/core/config_node.h"
#include "elbow/models/generative/supervised_model.h"

namespace elbow {

/// A response of 0 and 1 predicted by a network whose weights have the prior of
/// BayesianNetworkRegression: y ~ Bernoulli(sigmoid(f(x; w))). Without hidden layers it is Bayesian
/// logistic regression.
///
/// Bishop, "Pattern Recognition and Machine Learning", 2006, sections 4.5 and 5.7.3.
class BayesianNetworkClassification : public SupervisedModel {
 public:
  struct Prior {
    double scale = 1.0;
    double start_scale = 0.05;  ///< of a weight's posterior to begin with
  };
  BayesianNetworkClassification(const RegressionOptions& options, const Prior& prior);
  static ComponentInfo info();
  static GenerativeModelPtr create(const ConfigNode& node, const DataContext& data);

  /// "weights", [P] of each data set, which all examples share; begins at draws of the prior.
  std::vector<SiteSpec> sites() const override;
  /// @return "weights", with log_prob [K, G], and "y" with log_prob [K, B G]: example i belongs to
  /// data set i mod G
  Trace score(const Batch& batch, const Trace& latents, const ModelContext& context) override;
  DistributionPtr prior() override;
  DistributionPtr responses(const Tensor& inputs,
                            const Trace& latents,
                            std::int64_t count) override;
  std::int64_t num_groups() const override { return num_groups_; }

 private:
  WeightNetwork network_;
  std::int64_t num_groups_;
  Prior options_;
  Tensor start_;            ///< [G, P]: where a posterior begins
  Tensor scales_;           ///< [P] buffer
  Tensor zeros_;            ///< [P] buffer
  Tensor log_prior_scale_;  ///< [] buffer
};

}  // namespace elbow
