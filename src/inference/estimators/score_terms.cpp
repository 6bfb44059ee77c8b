#include "score_terms.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include <stdexcept>

#include "surrogate.h"

namespace elbow {

Tensor log_density(const Trace& guide) {
  for (const auto& site : guide.sites())
    if (site.scope() == Scope::global)
      throw std::logic_error(
          "score-function gradients are of latents of single examples, but all "
          "examples share the site '" +
          site.name() + "'");
  Tensor total = guide.log_prob();
  if (!total.defined()) throw std::logic_error("a guide without latents has no score function");
  return total;
}

Trace detach_densities(const Trace& guide) {
  Trace out;
  for (const auto& site : guide.sites()) {
    Site detached = site.with(site.dist_ptr(), site.value());
    detached.set_log_prob(site.log_prob().detach());
    out.add(std::move(detached));
  }
  return out;
}

Surrogate score_function_surrogate(const Objective& objective,
                                   const Trace& model,
                                   const Trace& guide,
                                   const Advantages& advantages) {
  const Tensor log_weights = objective.log_weights(model, guide);
  const Tensor detached = log_weights.detach();
  const GuideUpdate update = objective.guide_update();
  Surrogate out;
  out.terms = terms_with(objective, model, guide, objective.reduce(detached));
  const Tensor loss = -objective.model_bound().reduce(log_weights).mean();
  if (update.score != nullptr) {
    const Tensor coefficients = update.score->coefficients(detached).first;
    out.loss = loss;
    out.guide_loss = -(coefficients * log_density(guide)).sum(0).mean();
    return out;
  }
  const Tensor by_score = -(advantages(*update.bound, detached) * log_density(guide)).sum(0).mean();
  if (objective.has_one_bound()) {
    out.loss = loss + by_score;
    return out;
  }
  out.loss = loss;
  out.guide_loss = -update.bound->reduce(log_weights).mean() + by_score;
  return out;
}

Tensor bounds_without_each(const Bound& bound, const Tensor& log_weights) {
  const std::int64_t count = log_weights.size(0), batch = log_weights.size(1);
  const auto options = log_weights.options().dtype(at::kLong);
  const Tensor other = at::arange(count - 1, options).unsqueeze(0);
  const Tensor left_out = at::arange(count, options).unsqueeze(1);
  // Row k of the index counts over all particles but k.
  const Tensor index = other + other.ge(left_out).to(at::kLong);
  const Tensor others = log_weights.index_select(0, index.flatten());
  const Tensor columns =
      others.view({count, count - 1, batch}).transpose(0, 1).reshape({count - 1, count * batch});
  return bound.reduce(columns).view({count, batch});
}

Tensor mean_of_others(const Tensor& values) {
  const auto others = static_cast<double>(values.size(0) - 1);
  return (values.sum(0) - values) / others;
}

}  // namespace elbow
