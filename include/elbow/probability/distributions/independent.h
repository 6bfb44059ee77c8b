#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Reads the last `num_dims` batch dimensions of a distribution as dimensions of one event.
class Independent : public Distribution {
 public:
  Independent(DistributionPtr base, std::int64_t num_dims);
  std::string name() const override { return "independent"; }
  Shape batch_shape() const override;
  Shape event_shape() const override;
  Traits traits() const override { return base_->traits(); }
  Tensor log_prob(const Tensor& value) const override;
  Tensor log_prob_summed(const Tensor& value, std::int64_t num_dims) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor sample(const Shape& sample_shape, RandomSource& source) const override;
  std::pair<Tensor, Tensor> rsample_and_log_prob(const Shape& sample_shape,
                                                 RandomSource& source) const override;
  Tensor location() const override { return base_->location(); }
  std::vector<std::pair<std::string, Tensor>> summary() const override { return base_->summary(); }
  Tensor mean() const override { return base_->mean(); }
  Tensor variance() const override { return base_->variance(); }
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override {
    return base_->parameters();
  }
  const Distribution& base() const { return *base_; }
  const DistributionPtr& base_ptr() const { return base_; }
  std::int64_t num_dims() const { return num_dims_; }

 private:
  DistributionPtr base_;
  std::int64_t num_dims_;
};

}  // namespace elbow
