#include "elbow/probability/distributions/independent.h"

#include <c10/util/Exception.h>

#include "tensor_ops.h"

namespace elbow {

Independent::Independent(DistributionPtr base, std::int64_t num_dims)
    : base_(std::move(base)), num_dims_(num_dims) {
  const auto available = static_cast<std::int64_t>(base_->batch_shape().size());
  TORCH_CHECK(num_dims_ >= 0 && num_dims_ <= available,
              "Independent: expected 0 to ",
              available,
              " batch dimensions to read as event, got ",
              num_dims_);
}

Shape Independent::batch_shape() const { return without_last(base_->batch_shape(), num_dims_); }

Shape Independent::event_shape() const {
  return concatenate(last(base_->batch_shape(), num_dims_), base_->event_shape());
}

Tensor Independent::log_prob(const Tensor& value) const {
  return base_->log_prob_summed(value, num_dims_);
}

Tensor Independent::log_prob_summed(const Tensor& value, std::int64_t num_dims) const {
  return base_->log_prob_summed(value, num_dims_ + num_dims);
}

Tensor Independent::rsample(const Shape& sample_shape, RandomSource& source) const {
  return base_->rsample(sample_shape, source);
}

Tensor Independent::sample(const Shape& sample_shape, RandomSource& source) const {
  return base_->sample(sample_shape, source);
}

std::pair<Tensor, Tensor> Independent::rsample_and_log_prob(const Shape& sample_shape,
                                                            RandomSource& source) const {
  auto [value, density] = base_->rsample_and_log_prob(sample_shape, source);
  return {value, sum_last(density, num_dims_)};
}

Tensor Independent::entropy() const { return sum_last(base_->entropy(), num_dims_); }

DistributionPtr Independent::detach() const {
  return std::make_shared<Independent>(base_->detach(), num_dims_);
}

}  // namespace elbow
