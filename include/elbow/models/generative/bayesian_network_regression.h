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
    /// Gamma priors of the precisions of noise and weights, which are latents then; 0: they are not
    double precision_shape = 0, precision_rate = 0;
    bool has_weight_precision = true;  ///< or the noise's alone
    bool has_precisions() const { return precision_shape > 0; }
  };
  BayesianNetworkRegression(const RegressionOptions& options, const Prior& prior);
  static ComponentInfo info();
  /// The section `precision_prior`.
  static ComponentInfo precision_section();
  static GenerativeModelPtr create(const ConfigNode& node, const DataContext& data);

  /// "weights", [P] of each data set, which all examples share; begins at draws of the prior. With
  /// a prior of the precisions also "noise_precision" and, unless it is the noise's alone,
  /// "weight_precision", a number each: noise
  /// N(0, 1 / noise_precision), weights N(0, 1 / weight_precision) in the guide's units. Liu, Wang,
  /// 2016, arXiv:1608.04471, section 5.
  std::vector<SiteSpec> sites() const override;
  /// @return "weights", with log_prob [K, G], and "y" with log_prob [K, B G]: example i belongs to
  /// data set i mod G
  Trace score(const Batch& batch, const Trace& latents, const ModelContext& context) override;
  DistributionPtr prior() override;
  DistributionPtr responses(const Tensor& inputs,
                            const Trace& latents,
                            std::int64_t count) override;
  std::int64_t num_groups() const override { return num_groups_; }
  Tensor noise_scale() const { return response_->log_scale().exp(); }
  static constexpr const char* kNoisePrecision = "noise_precision";
  static constexpr const char* kWeightPrecision = "weight_precision";

 private:
  Site shared_site(const std::string& name,
                   DistributionPtr prior,
                   const Tensor& value,
                   std::int64_t num_examples) const;
  DistributionPtr prior_of_weights(const Trace& latents);
  DistributionPtr prior_of_precisions(const Tensor& like) const;

  WeightNetwork network_;
  std::int64_t num_groups_;
  Prior options_;
  double noise_scale_;
  Tensor start_;  ///< [G, P]: where a posterior begins
  std::shared_ptr<NormalResponse> response_;
  Tensor scales_;           ///< [P] buffer
  Tensor zeros_;            ///< [P] buffer
  Tensor log_prior_scale_;  ///< [G, 1] parameter, or buffer
};

}  // namespace elbow
