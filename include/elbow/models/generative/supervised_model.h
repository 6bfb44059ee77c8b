#pragma once

#include "elbow/models/generative/generative_model.h"
#include "elbow/models/generative/weight_network.h"

namespace elbow {

/// p(y | covariates): a response given the other columns. It has no draws of whole examples.
class SupervisedModel : public GenerativeModel {
 public:
  /// The response under `count` draws of what is not known about the model: batch shape
  /// [count, B, G]. The prediction is the even mixture of these.
  /// @param inputs [B, G, D] @param latents a value [count, G, event...] of each site
  virtual DistributionPtr responses(const Tensor& inputs,
                                    const Trace& latents,
                                    std::int64_t count) = 0;
  /// G, data sets that are fitted side by side.
  virtual std::int64_t num_groups() const = 0;
  /// p(weights), batch shape [G], event shape [P]; null for a model that draws by itself, or whose
  /// prior has latents of its own.
  virtual DistributionPtr prior() { return nullptr; }

  /// @throws std::logic_error
  Trace sample(std::int64_t n, const ModelContext& context) override;
  SupervisedModel* response_model() override { return this; }
};

/// What a network for a response is made of.
struct RegressionOptions {
  std::int64_t input_size = 1;  ///< D
  std::int64_t num_groups = 1;  ///< G
  std::vector<std::int64_t> hidden_sizes{50};
  Activation activation = nullptr;
  double noise_scale = 0.5;  ///< of the response, in the units that the model is shown
  bool learns_noise = true;
};

/// Responses centred at a network's output, with normal noise of one scale for each data set.
class NormalResponse : public Module {
 public:
  NormalResponse(double noise_scale, bool is_learned, std::int64_t num_groups);
  /// @param mean [K, G, B, 1] @return batch shape [K, B, G]
  DistributionPtr centred_at(const Tensor& mean) const;
  /// The same with precisions in the place of the scale. @param precision [K, G]
  static DistributionPtr centred_at(const Tensor& mean, const Tensor& precision);
  /// [G]
  Tensor log_scale() const { return log_scale_; }

 private:
  Tensor log_scale_;
};

/// A batch's covariates [B, G, D] and responses [B, G], one data set or G side by side.
std::pair<Tensor, Tensor> inputs_and_responses(const Batch& batch);

}  // namespace elbow
