#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// sum_m w_m p_m: mixture of M members of one family. No draw can be differentiated through the
/// choice of a component; `stratified_rsample` draws from each of them instead.
class Mixture : public Distribution {
 public:
  /// @param logits [batch..., M] of the weights @param components batch shape [batch..., M]
  Mixture(Tensor logits, DistributionPtr components);
  std::string name() const override { return "mixture"; }
  Shape batch_shape() const override;
  Shape event_shape() const override { return components_->event_shape(); }
  /// Those of its components, but for draws.
  Traits traits() const override;
  Tensor log_prob(const Tensor& value) const override;
  /// @throws c10::Error: see stratified_rsample
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor sample(const Shape& sample_shape, RandomSource& source) const override;
  std::optional<StratifiedDraw> stratified_rsample(const Shape& sample_shape,
                                                   RandomSource& source) const override;
  Tensor mean() const override;
  Tensor variance() const override;
  /// @throws c10::Error: it has no closed form
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;

  const Tensor& logits() const { return logits_; }
  /// Logarithms of the normalised weights: [batch..., M].
  Tensor log_weights() const;
  const Distribution& components() const { return *components_; }

 private:
  std::int64_t event_dims() const {
    return static_cast<std::int64_t>(components_->event_shape().size());
  }
  /// The weights, with a dimension for each of the event's: [batch..., M, 1...].
  Tensor weights_over_events() const;

  Tensor logits_;
  DistributionPtr components_;
};

}  // namespace elbow
