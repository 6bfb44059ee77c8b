#include "elbow/neural/flows/transformed_distribution.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>

#include "elbow/foundations/core/profile_span.h"

namespace elbow {
namespace {

[[noreturn]] void refuse_closed_form(const char* what) {
  TORCH_CHECK(false,
              "transformed: the ",
              what,
              " of a transformed distribution has no closed form; estimate it from draws");
  std::abort();  // not reached: the check throws
}

}  // namespace

TransformedDistribution::TransformedDistribution(DistributionPtr base, TransformPtr transform)
    : base_(std::move(base)), transform_(std::move(transform)) {
  const auto event_ndims = static_cast<std::int64_t>(base_->event_shape().size());
  TORCH_CHECK(event_ndims == transform_->event_ndims() && !base_->traits().is_discrete,
              "transformed: expected a continuous base with ",
              transform_->event_ndims(),
              " event dimension(s) for ",
              transform_->name(),
              ", got ",
              base_->name(),
              " with ",
              event_ndims);
  event_shape_ = transform_->forward_shape(base_->event_shape());
}

Distribution::Traits TransformedDistribution::traits() const {
  Traits out = base_->traits();
  out.has_moments = false;
  out.scores_any_value = out.scores_any_value && transform_->has_inverse();
  out.knows_density_of_draws = true;
  return out;
}

Tensor TransformedDistribution::log_prob(const Tensor& value) const {
  const ProfileSpan span(SpanKind::part, "flows");
  const auto [x, log_det] = transform_->inverse_and_log_det(value);
  return base_->log_prob(x) + log_det;
}

Tensor TransformedDistribution::rsample(const Shape& sample_shape, RandomSource& source) const {
  return transform_->forward_and_log_det(base_->rsample(sample_shape, source)).first;
}

Tensor TransformedDistribution::sample(const Shape& sample_shape, RandomSource& source) const {
  const at::NoGradGuard no_grad;
  return transform_->forward_and_log_det(base_->sample(sample_shape, source)).first;
}

std::pair<Tensor, Tensor> TransformedDistribution::rsample_and_log_prob(
    const Shape& sample_shape, RandomSource& source) const {
  const auto [x, log_density] = base_->rsample_and_log_prob(sample_shape, source);
  const ProfileSpan span(SpanKind::part, "flows");
  const auto [y, log_det] = transform_->forward_and_log_det(x);
  return {y, log_density - log_det};
}

std::pair<Tensor, Tensor> TransformedDistribution::sample_and_log_prob(const Shape& sample_shape,
                                                                       RandomSource& source) const {
  const at::NoGradGuard no_grad;
  const auto [x, log_density] = base_->sample_and_log_prob(sample_shape, source);
  const ProfileSpan span(SpanKind::part, "flows");
  const auto [y, log_det] = transform_->forward_and_log_det(x);
  return {y, log_density - log_det};
}

std::optional<StratifiedDraw> TransformedDistribution::stratified_rsample(
    const Shape& sample_shape, RandomSource& source) const {
  auto draw = base_->stratified_rsample(sample_shape, source);
  if (!draw) return draw;
  const ProfileSpan span(SpanKind::part, "flows");
  const auto [y, log_det] = transform_->forward_and_log_det(draw->values);
  return StratifiedDraw{y, draw->log_prob - log_det, draw->log_weights};
}

Tensor TransformedDistribution::location() const {
  return transform_->forward_and_log_det(base_->location()).first;
}

Tensor TransformedDistribution::mean() const { refuse_closed_form("mean"); }
Tensor TransformedDistribution::variance() const { refuse_closed_form("variance"); }
Tensor TransformedDistribution::entropy() const { refuse_closed_form("entropy"); }

DistributionPtr TransformedDistribution::detach() const {
  return std::make_shared<TransformedDistribution>(base_->detach(), transform_->detach());
}

std::vector<std::pair<std::string, Tensor>> TransformedDistribution::parameters() const {
  std::vector<std::pair<std::string, Tensor>> out;
  for (const auto& [name, value] : base_->parameters()) out.emplace_back("base." + name, value);
  for (const auto& [name, value] : transform_->parameters())
    out.emplace_back("transform." + name, value);
  return out;
}

const Distribution& base_under_flows(const Distribution& dist) {
  const Distribution* base = &dist;
  while (const auto* flow = dynamic_cast<const TransformedDistribution*>(base))
    base = &flow->base();
  return *base;
}

const Transform& transform_of(const Distribution& dist) {
  return dynamic_cast<const TransformedDistribution&>(dist).transform();
}

}  // namespace elbow
