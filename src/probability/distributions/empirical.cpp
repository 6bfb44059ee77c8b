#include "elbow/probability/distributions/empirical.h"

#include <ATen/TensorOperators.h>
#include <c10/util/Exception.h>

#include <stdexcept>

namespace elbow {

Empirical::Empirical(Tensor points, std::int64_t event_ndims)
    : points_(std::move(points)), event_ndims_(event_ndims) {
  TORCH_CHECK(points_.dim() > event_ndims && points_.size(0) > 0,
              "Empirical: expected [N, batch..., event...] with N >= 1 and ",
              event_ndims,
              " dimensions of an event, got ",
              points_.sizes());
}

Shape Empirical::batch_shape() const {
  return points_.sizes().slice(1, static_cast<std::size_t>(points_.dim() - 1 - event_ndims_)).vec();
}

Shape Empirical::event_shape() const {
  return points_.sizes().slice(static_cast<std::size_t>(points_.dim() - event_ndims_)).vec();
}

Distribution::Traits Empirical::traits() const {
  Traits out;
  out.has_rsample = out.scores_any_value = false;
  return out;
}

Tensor Empirical::log_prob(const Tensor&) const {
  throw std::logic_error("points have no density that could be scored");
}

Tensor Empirical::entropy() const { throw std::logic_error("points have no entropy"); }

Tensor Empirical::rsample(const Shape& sample_shape, RandomSource& source) const {
  // A source is asked for [K, B]: a lone dimension of draws is that of the particles.
  const Shape asked =
      sample_shape.size() >= 2 ? sample_shape : Shape{num_elements(sample_shape), 1};
  const Tensor uniform = source.uniform(asked, points_.options()).reshape({-1});
  const auto n = static_cast<double>(points_.size(0));
  // The largest float32 below 1 times N may round to N.
  const Tensor which = (uniform * n).to(at::kLong).clamp_max(points_.size(0) - 1);
  Shape shape = sample_shape;
  for (std::int64_t d = 1; d < points_.dim(); ++d) shape.push_back(points_.size(d));
  return points_.index_select(0, which).reshape(shape);
}

Tensor Empirical::mean() const { return points_.mean(0); }

Tensor Empirical::variance() const { return points_.var(0, /*unbiased=*/false); }

DistributionPtr Empirical::detach() const {
  return std::make_shared<Empirical>(points_.detach(), event_ndims_);
}

}  // namespace elbow
