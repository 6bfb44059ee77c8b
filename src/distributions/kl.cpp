#include "elbow/distributions/kl.h"

#include <ATen/ops/log_softmax.h>
#include <ATen/ops/where.h>

#include "elbow/distributions/bernoulli.h"
#include "elbow/distributions/categorical.h"
#include "elbow/distributions/continuous_bernoulli.h"
#include "elbow/distributions/independent.h"
#include "elbow/distributions/normal.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

// Per element. With r = log sd(p) - log sd(q): (e^2r - 1)/2 - r + ((mean p - mean q) / sd q)^2 / 2;
// expm1 keeps the digits of nearly equal scales.
Tensor normal_terms(const Tensor& p_loc,
                    const Tensor& p_log_scale,
                    const Tensor& q_loc,
                    const Tensor& q_log_scale) {
  const Tensor ratio = p_log_scale - q_log_scale;
  const Tensor shift = (p_loc - q_loc) * (-q_log_scale).exp();
  return ((ratio * 2).expm1() + shift.square()) * 0.5 - ratio;
}

Tensor normal_normal(const Distribution& first, const Distribution& second) {
  const auto& p = dynamic_cast<const Normal&>(first);
  const auto& q = dynamic_cast<const Normal&>(second);
  return normal_terms(p.loc(), p.log_scale(), q.loc(), q.log_scale());
}

Tensor diag_normal_diag_normal(const Distribution& first, const Distribution& second) {
  const auto& p = dynamic_cast<const DiagNormal&>(first);
  const auto& q = dynamic_cast<const DiagNormal&>(second);
  check_broadcast("KL of diag_normal", "p.loc", p.loc(), "q.loc", q.loc());
  if (!q.is_standard()) return normal_terms(p.loc(), p.log_scale(), q.loc(), q.log_scale());
  const Tensor terms = ((p.log_scale() * 2).expm1() + p.loc().square()) * 0.5 - p.log_scale();
  const auto shape = broadcast_shape(terms.sizes(), q.loc().sizes());
  return expand_to(terms, shape);
}

Tensor bernoulli_bernoulli(const Distribution& first, const Distribution& second) {
  const Tensor& p = dynamic_cast<const Bernoulli&>(first).logits();
  const Tensor& q = dynamic_cast<const Bernoulli&>(second).logits();
  return p.sigmoid() * (p - q) - log_one_plus_exp(p) + log_one_plus_exp(q);
}

Tensor continuous_bernoulli_pair(const Distribution& first, const Distribution& second) {
  const auto& p = dynamic_cast<const ContinuousBernoulli&>(first);
  const auto& q = dynamic_cast<const ContinuousBernoulli&>(second);
  return p.mean() * (p.logits() - q.logits()) - p.log_partition() + q.log_partition();
}

Tensor categorical_categorical(const Distribution& first, const Distribution& second) {
  const Tensor p = dynamic_cast<const Categorical&>(first).log_probabilities();
  const Tensor q = dynamic_cast<const Categorical&>(second).log_probabilities();
  const Tensor terms = p.exp() * (p - q);
  // A class that p never draws adds nothing, whatever q thinks of it.
  return at::where(p.isneginf(), terms.new_zeros({}), terms).sum(-1);
}

/// One pair with a closed form: the terms per dimension, [batch..., event...]; the KL is their sum
/// over the event.
struct Row {
  const char* p;
  const char* q;
  Tensor (*terms)(const Distribution&, const Distribution&);
};

constexpr Row kRows[] = {
    {"normal", "normal", normal_normal},
    {"diag_normal", "diag_normal", diag_normal_diag_normal},
    {"bernoulli", "bernoulli", bernoulli_bernoulli},
    {"continuous_bernoulli", "continuous_bernoulli", continuous_bernoulli_pair},
    {"categorical", "categorical", categorical_categorical},
};

}  // namespace

std::optional<Tensor> kl_per_dimension(const Distribution& p, const Distribution& q) {
  const auto* p_events = dynamic_cast<const Independent*>(&p);
  const auto* q_events = dynamic_cast<const Independent*>(&q);
  if (p_events && q_events) {
    if (p_events->event_shape().size() != q_events->event_shape().size()) return std::nullopt;
    return kl_per_dimension(p_events->base(), q_events->base());
  }
  const std::string p_name = p.name(), q_name = q.name();
  for (const Row& row : kRows)
    if (p_name == row.p && q_name == row.q) return row.terms(p, q);
  return std::nullopt;
}

std::optional<Tensor> kl_divergence(const Distribution& p, const Distribution& q) {
  auto terms = kl_per_dimension(p, q);
  if (!terms) return std::nullopt;
  return sum_last(*terms, static_cast<std::int64_t>(p.event_shape().size()));
}

std::vector<std::pair<std::string, std::string>> closed_form_kl_pairs() {
  std::vector<std::pair<std::string, std::string>> out;
  for (const Row& row : kRows) out.emplace_back(row.p, row.q);
  out.emplace_back("independent", "independent");
  return out;
}

}  // namespace elbow
