#pragma once

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/component.h"
#include "elbow/foundations/core/config_node.h"
#include "elbow/models/generative/supervised_model.h"

namespace elbow {

/// A response predicted by a network whose weights have a prior, N(0, (prior_scale / sqrt(in +
/// 1))^2) each, and a posterior that all examples share: y = f(x; w) + noise. The weights are seen
/// by the guide in units of 1 / sqrt(in + 1).
///
/// MacKay, "A practical Bayesian framework for backpropagation networks", 1992; Blundell et al.,
/// "Weight uncertainty in neural networks", 2015, arXiv:1505.05424, section 3; Hernandez-Lobato,
/// Adams, 2015, arXiv:1502.05336.
class BayesianNetworkRegression : public SupervisedModel {
 public:
  struct Prior {
    double scale = 1.0;
    bool is_learned = false;
    double start_scale = 0.05;  ///< of a weight's posterior to begin with
  };
  BayesianNetworkRegression(const RegressionOptions& options, const Prior& prior);
  static ComponentInfo info();
  static GenerativeModelPtr create(const ConfigNode& node, const DataContext& data);

  /// "weights", [P] of each data set, which all examples share; begins at draws of the prior.
  std::vector<SiteSpec> sites() const override;
  /// @return "weights", with log_prob [K, G], and "y" with log_prob [K, B G]: example i belongs to
  /// data set i mod G
  Trace score(const Batch& batch, const Trace& latents, const ModelContext& context) override;
  DistributionPtr prior() override;
  /// @param weights [count, G, P], in the guide's units
  DistributionPtr responses(const Tensor& inputs,
                            const Tensor& weights,
                            std::int64_t count) override;
  std::int64_t num_groups() const override { return num_groups_; }
  Tensor noise_scale() const { return response_->log_scale().exp(); }

 private:
  WeightNetwork network_;
  std::int64_t num_groups_;
  double start_scale_;
  Tensor start_;  ///< [G, P]: where a posterior begins
  std::shared_ptr<NormalResponse> response_;
  Tensor scales_;           ///< [P] buffer
  Tensor zeros_;            ///< [P] buffer
  Tensor log_prior_scale_;  ///< [G, 1] parameter, or buffer
};

}  // namespace elbow
