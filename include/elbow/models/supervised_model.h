#pragma once

#include "elbow/models/generative_model.h"
#include "elbow/models/weight_network.h"

namespace elbow {

class Guide;

/// p(y | x): a response given the other columns. It has no draws of whole examples and no prior of
/// an example, so that most of a generative model's questions are not for it.
class SupervisedModel : public GenerativeModel {
 public:
  /// The response under `count` draws of what is not known about the model: batch shape
  /// [count, B, G]. The prediction is the even mixture of these.
  /// @param inputs [B, G, D]
  virtual DistributionPtr responses(const Tensor& inputs,
                                    const Tensor& weights,
                                    std::int64_t count) = 0;
  /// G, data sets that are fitted side by side.
  virtual std::int64_t num_groups() const = 0;

  /// @throws std::logic_error
  Trace sample(std::int64_t n, RandomSource& source) override;
  /// @throws std::logic_error
  DistributionPtr decode(const Tensor& z) override;
  bool has_decoder() const override { return false; }
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

/// Responses around a network's output with normal noise of one scale for each data set.
class NormalResponse : public torch::nn::Module {
 public:
  NormalResponse(double noise_scale, bool is_learned, std::int64_t num_groups);
  /// @param mean [K, G, B, 1] @return batch shape [K, B, G]
  DistributionPtr around(const Tensor& mean) const;
  /// [G]
  Tensor log_scale() const { return log_scale_; }

 private:
  Tensor log_scale_;
};

/// x [B, D + 1] or [B, G, D + 1], the response last, as inputs [B, G, D] and responses [B, G].
std::pair<Tensor, Tensor> inputs_and_responses(const Tensor& x);

}  // namespace elbow
