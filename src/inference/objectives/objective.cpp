#include "elbow/inference/objectives/objective.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <stdexcept>

#include "elbow/inference/objectives/term_sums.h"
#include "elbow/probability/distributions/reference_operators.h"
#include "site_kl.h"

namespace elbow {
namespace {

void add_to(Tensor& total, const Tensor& part) { total = total.defined() ? total + part : part; }

/// Whether a KL in closed form is the same for every particle; else it is sampled in the others.
bool is_per_particle(const Site& site, const Tensor& kl) {
  return site.scope() == Scope::local && kl.dim() > 1;
}

/// A number of each data set for its examples in the batch: [K] or [K, G] as [K, 1] or [K, B].
Tensor over_examples(const Tensor& values, const Site& site) {
  if (values.dim() == 1) return values.unsqueeze(-1);
  return values.size(1) == 1 ? values : values.repeat({1, site.repeats()});
}

}  // namespace

Tensor Objective::particle_log_prob(const Site& site) const {
  if (site.scope() == Scope::local) return site.log_prob();
  if (shared_sites_ == SharedSites::refused)
    throw std::logic_error(
        "the objective averages weights of whole examples, but all examples "
        "share the site '" +
        site.name() + "'; elbo, power_mean and bb_alpha take shared sites");
  return over_examples(site.log_prob(), site) / static_cast<double>(num_examples_);
}

Tensor Objective::log_weights(const Trace& model, const Trace& guide) const {
  check_compatible(model, guide);
  std::vector<WeightedTerm> terms;
  for (const auto& site : model.sites()) terms.push_back({particle_log_prob(site), 1.0});
  for (const auto& site : guide.sites()) terms.push_back({particle_log_prob(site), -1.0});
  const bool are_alike = std::all_of(terms.begin(), terms.end(), [&terms](const auto& term) {
    return term.values.sizes() == terms.front().values.sizes();
  });
  if (are_alike && fit_one_sum(terms)) return sum_of_terms(terms);
  Tensor total;
  for (const auto& [values, weight] : terms)
    total = !total.defined() ? values : weight > 0 ? total + values : total - values;
  return total;
}

std::optional<BoundTerms> Objective::in_one_sum(const Trace& model,
                                                const Trace& guide,
                                                double kl_weight) const {
  check_compatible(model, guide);
  if (guide.sites().empty() || guide.has_particle_weights() ||
      !takes_own_loops(guide.sites().front().value()))
    return std::nullopt;
  BoundTerms out;
  std::vector<WeightedTerm> reconstruction, kl, bound, elbo;
  for (const auto& site : model.sites())
    if (site.is_observed()) reconstruction.push_back({site.log_prob(), 1.0});
  for (const auto& proposed : guide.sites()) {
    if (proposed.scope() == Scope::global) return std::nullopt;
    const Site& prior = model.at(proposed.name());
    const SiteKl closed = uses_closed_forms() ? closed_form_kl(proposed, prior) : SiteKl{};
    if (closed.value.defined()) {
      kl.push_back({closed.value, 1.0});
    } else {
      kl.push_back({proposed.log_prob(), 1.0});
      kl.push_back({prior.log_prob(), -1.0});
    }
    if (closed.per_unit.defined() && guide.sites().size() == 1) {
      const at::NoGradGuard no_grad;
      out.kl_per_unit = closed.per_unit.mean(0);
    }
  }
  elbo = bound = reconstruction;
  for (const auto& [values, weight] : kl) {
    bound.push_back({values, -kl_weight * weight});
    elbo.push_back({values, -weight});
  }
  if (!fit_one_sum(bound)) return std::nullopt;
  out.bound = sum_of_particle_means(bound);
  const at::NoGradGuard no_grad;
  out.elbo = kl_weight == 1.0 ? out.bound : sum_of_particle_means(elbo);
  out.kl = sum_of_particle_means(kl);
  out.reconstruction =
      reconstruction.empty() ? at::zeros_like(out.kl) : sum_of_particle_means(reconstruction);
  return out;
}

BoundTerms Objective::decompose(const Trace& model, const Trace& guide, bool closed_forms) const {
  check_compatible(model, guide);
  BoundTerms out;
  for (const auto& site : model.sites())
    if (site.is_observed()) add_to(out.reconstruction, guide.average(site.log_prob()));
  for (const auto& proposed : guide.sites()) {
    const Site& prior = model.at(proposed.name());
    SiteKl kl = closed_forms ? closed_form_kl(proposed, prior) : SiteKl{};
    const bool is_shared = proposed.scope() == Scope::global;
    if (!kl.value.defined())
      kl.value = guide.average(particle_log_prob(proposed) - particle_log_prob(prior));
    else if (is_shared)
      kl.value = over_examples(kl.value.unsqueeze(0), proposed).squeeze(0) /
                 static_cast<double>(num_examples_);
    else if (is_per_particle(proposed, kl.value))
      kl.value = guide.average(kl.value);
    add_to(out.kl, kl.value);
    if (kl.per_unit.defined() && guide.sites().size() == 1 && !is_shared)
      out.kl_per_unit = kl.per_unit.mean(0);
  }
  // A density has no latents, a target no data.
  if (!out.kl.defined()) {
    out.elbo = out.reconstruction;
    out.kl = at::zeros_like(out.reconstruction);
  } else if (!out.reconstruction.defined()) {
    out.elbo = -out.kl;
    out.reconstruction = at::zeros_like(out.kl);
  } else {
    if (out.kl.sizes() != out.reconstruction.sizes()) out.kl = out.kl.expand_as(out.reconstruction);
    out.elbo = out.reconstruction - out.kl;
  }
  return out;
}

BoundTerms Objective::parts(const Trace& model, const Trace& guide) const {
  return decompose(model, guide, uses_closed_forms());
}

BoundTerms Objective::closed_form_parts(const Trace& model, const Trace& guide) const {
  return decompose(model, guide, /*closed_forms=*/true);
}

BoundTerms Objective::terms(const Trace& model,
                            const Trace& guide,
                            RandomSource* /*source*/) const {
  const Tensor bound =
      reduce(log_weights(model, guide),
             guide.has_particle_weights() ? guide.log_particle_weights() : Tensor());
  // The bound alone is differentiated.
  const at::NoGradGuard no_grad;
  BoundTerms out = parts(model, guide);
  out.bound = bound;
  return out;
}

bool Objective::has_one_bound() const {
  return &model_bound() == this && guide_update().bound == this;
}

}  // namespace elbow
