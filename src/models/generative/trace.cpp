#include "elbow/models/generative/trace.h"

#include <ATen/TensorOperators.h>

#include <stdexcept>

#include "elbow/foundations/core/profile_span.h"

namespace elbow {

namespace {

std::string join(const Shape& shape) {
  std::string out = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) out += (i ? ", " : "") + std::to_string(shape[i]);
  return out + "]";
}

}  // namespace

const Tensor& Site::log_prob() const {
  if (log_prob_.defined()) return log_prob_;
  // Worked out when the objective asks, but the work of whose density it is.
  const ProfileSpan owner(SpanKind::component, ProfileSpan::owner_of(dist_.get(), "objective"));
  const ProfileSpan span(SpanKind::part, is_observed_ ? "likelihood" : "latent density");
  log_prob_ = dist_->log_prob(value_);
  return log_prob_;
}

const Site* Trace::find(const std::string& name) const {
  for (const auto& site : sites_)
    if (site.name() == name) return &site;
  return nullptr;
}

const Site& Trace::at(const std::string& name) const {
  if (const Site* site = find(name)) return *site;
  std::string known;
  for (const auto& site : sites_) known += (known.empty() ? "'" : ", '") + site.name() + "'";
  throw std::logic_error("trace has no site '" + name + "'; it has " +
                         (known.empty() ? "none" : known));
}

Tensor Trace::log_prob() const {
  Tensor total;
  for (const auto& site : sites_)
    total = total.defined() ? total + site.log_prob() : site.log_prob();
  return total;
}

Tensor Trace::average(const Tensor& values) const {
  // The mean of one number is the number, without a pass over it.
  if (!log_weights_.defined()) return values.size(0) == 1 ? values.squeeze(0) : values.mean(0);
  Tensor weights = log_weights_.exp();
  while (weights.dim() < values.dim()) weights = weights.unsqueeze(-1);
  return (weights * values).sum(0);
}

void check_compatible(const Trace& model, const Trace& guide) {
  for (const auto& proposed : guide.sites()) {
    const Shape scored = model.at(proposed.name()).dist().event_shape();
    if (scored != proposed.dist().event_shape())
      throw std::logic_error("guide proposes '" + proposed.name() + "' with event shape " +
                             join(proposed.dist().event_shape()) + " but model scores it with " +
                             join(scored));
  }
}

}  // namespace elbow
