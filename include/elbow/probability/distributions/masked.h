#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Single values, of which some were not observed: a log density is 0 there, whatever the value.
/// Draws and moments are of all of them.
class Masked : public Distribution {
 public:
  /// @param elements event shape [] @param seen bool, broadcastable to their batch shape
  Masked(DistributionPtr elements, const Tensor& seen);
  std::string name() const override { return "masked"; }
  Shape batch_shape() const override { return elements_->batch_shape(); }
  Shape event_shape() const override { return {}; }
  Traits traits() const override { return elements_->traits(); }
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override {
    return elements_->rsample(sample_shape, source);
  }
  Tensor sample(const Shape& sample_shape, RandomSource& source) const override {
    return elements_->sample(sample_shape, source);
  }
  Tensor location() const override { return elements_->location(); }
  Tensor mean() const override { return elements_->mean(); }
  Tensor variance() const override { return elements_->variance(); }
  /// Of what was observed.
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override {
    return elements_->parameters();
  }

 private:
  DistributionPtr elements_;
  Tensor hidden_;
};

/// p of what was observed, whose log density is the marginal one of these elements.
/// @param p independent elements as one event @param seen [B, event...]; undefined: all were
/// observed @throws UsageError where elements depend on each other
DistributionPtr observed_part(const DistributionPtr& p, const Tensor& seen);

}  // namespace elbow
