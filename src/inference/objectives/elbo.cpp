#include "elbow/inference/objectives/elbo.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/zeros_like.h>

#include "log_means.h"
#include "site_kl.h"

namespace elbow {

Elbo::Elbo(Options options)
    : Objective(options.num_particles, SharedSites::split, options.kl),
      options_(std::move(options)) {}

ComponentInfo Elbo::info() {
  ObjectiveTraits traits;
  traits.estimators = {"pathwise",
                       "sticking_the_landing",
                       "doubly_reparameterised",
                       "score_function",
                       "enumerate",
                       "arm",
                       "disarm"};
  traits.unbiased = traits.estimators;
  traits.batch_keys = {"free_bits", "free_bits_total", "capacity"};
  traits.is_lower_bound =
      Guarantee::holds("for every K, with beta >= 1, no capacity and no inverse temperature");
  traits.of_weights = true;
  traits.averages_particles = true;
  return ComponentInfo::of("elbo",
                           "Evidence lower bound, with beta schedule, free bits and capacity")
      .source(
          "Kingma, Welling, 2014, arXiv:1312.6114, equation 3; beta: Higgins et al., ICLR 2017; "
          "free bits: Kingma et al., 2016, arXiv:1606.04934, appendix C.8; capacity: Burgess et "
          "al., "
          "2018, arXiv:1804.03599, equation 8; inverse temperature: "
          "Rezende, Mohamed, 2015, arXiv:1505.05770, equation 20")
      .takes({Parameter::integer("num_particles", "draws per example, averaged")
                  .defaults(1)
                  .at_least(1),
              Parameter::schedule("beta", "weight of the KL term").defaults(1.0).at_least(0),
              Parameter::schedule(
                  "inverse_temperature",
                  "weight of log p(x, z) against log q(z | x): below 1 the density that the "
                  "guide is fitted to is flatter")
                  .defaults(1.0)
                  .above(0),
              Parameter::number("free_bits",
                                "KL below this is not penalised, per latent unit, batch mean; for "
                                "posteriors and priors of independent units")
                  .defaults(0.0)
                  .at_least(0)
                  .in_unit("nats"),
              Parameter::number("free_bits_total",
                                "the whole KL below this is not penalised, batch mean")
                  .defaults(0.0)
                  .at_least(0)
                  .in_unit("nats"),
              Parameter::schedule(
                  "capacity",
                  "C: the penalty is gamma |KL - C|, of the batch mean, in place of beta KL")
                  .optional()
                  .at_least(0)
                  .in_unit("nats"),
              Parameter::number("gamma", "weight of |KL - C|").defaults(1.0).above(0),
              Parameter::choice(
                  "kl",
                  {"auto", "monte_carlo"},
                  "auto: closed form where the pair has one; monte_carlo: from the draws")
                  .defaults("auto")})
      .with(traits);
}

ObjectivePtr Elbo::create(const ConfigNode& node) {
  Options options;
  options.num_particles = node.integer("num_particles");
  options.beta = schedule_factory().create(node.child("beta"));
  const ConfigNode temperature = node.child("inverse_temperature");
  // The metrics show it where it is used.
  if (temperature.raw() != Json{{"type", "constant"}, {"value", 1.0}})
    options.inverse_temperature = schedule_factory().create(temperature);
  options.free_bits = node.number("free_bits");
  options.free_bits_total = node.number("free_bits_total");
  if (node.has("capacity")) options.capacity = schedule_factory().create(node.child("capacity"));
  options.gamma = node.number("gamma");
  options.kl = node.text("kl") == "auto" ? Kl::automatic : Kl::monte_carlo;
  return std::make_shared<Elbo>(options);
}

void Elbo::advance(const Clock& clock) {
  set_weights(options_.beta ? options_.beta->value(clock) : 1.0,
              options_.inverse_temperature ? options_.inverse_temperature->value(clock) : 1.0);
  if (options_.capacity) capacity_.set(options_.capacity->value(clock));
}

void Elbo::set_weights(double beta, double inverse_temperature) {
  beta_.set(beta);
  inverse_temperature_.set(inverse_temperature);
  kl_weight_.set(inverse_temperature * beta);
  guide_weight_.set(inverse_temperature * beta + (1 - inverse_temperature));
  rest_.set(1 - inverse_temperature);
}

std::string Elbo::form() const {
  return (beta_.value() == 1.0 ? "" : "beta ") +
         std::string(inverse_temperature_.value() == 1.0 ? "" : "temperature");
}

std::vector<std::pair<std::string, double>> Elbo::schedule_values() const {
  std::vector<std::pair<std::string, double>> out{{"beta", beta_.value()}};
  if (options_.inverse_temperature)
    out.emplace_back("inverse_temperature", inverse_temperature_.value());
  if (options_.capacity) out.emplace_back("capacity", capacity_.value());
  return out;
}

const BatchPenalty* Elbo::batch_penalty() const {
  const bool has_floor = options_.free_bits > 0 || options_.free_bits_total > 0;
  return has_floor || options_.capacity ? this : nullptr;
}

Tensor Elbo::log_weights(const Trace& model, const Trace& guide) const {
  if (beta_.value() == 1.0 && inverse_temperature_.value() == 1.0)
    return Objective::log_weights(model, guide);
  check_compatible(model, guide);
  Tensor total;
  for (const auto& site : model.sites()) {
    const StepScalar& weight = site.is_observed() ? inverse_temperature_ : kl_weight_;
    const Tensor term = particle_log_prob(site) * weight;
    total = total.defined() ? total + term : term;
  }
  for (const auto& site : guide.sites()) total = total - particle_log_prob(site) * guide_weight_;
  return total;
}

Tensor Elbo::reduce(const Tensor& log_weights, const Tensor& log_masses) const {
  if (log_masses.defined()) return (log_masses.exp() * log_weights).sum(0);
  return log_weights.size(0) == 1 ? log_weights.squeeze(0) : mean_log(log_weights, log_masses);
}

std::optional<WeightDerivatives> Elbo::derivatives(const Tensor& log_weights) const {
  const double share = 1.0 / static_cast<double>(log_weights.size(0));
  return WeightDerivatives{at::full_like(log_weights, share), at::zeros_like(log_weights)};
}

Tensor Elbo::particle_terms(const Trace& model, const Trace& guide, std::size_t site) const {
  const auto last = last_dependencies(model, guide);
  Tensor total = at::zeros_like(particle_log_prob(guide.sites()[site]));
  for (const auto& observed : model.sites())
    if (observed.is_observed()) total = total + particle_log_prob(observed) * inverse_temperature_;
  for (std::size_t j = 0; j < guide.sites().size(); ++j) {
    const Site& proposed = guide.sites()[j];
    const Site& prior = model.at(proposed.name());
    const SiteKl kl = uses_closed_forms() ? closed_form_kl(proposed, prior) : SiteKl{};
    if (kl.value.defined()) {
      // A KL given other latents is sampled in those; one given nothing is no sample at all.
      if (proposed.scope() == Scope::local && kl.value.dim() > 1)
        total = total - kl.value * kl_weight_;
    } else {
      // Densities of what was drawn before the site do not know of it.
      if (last[j] >= site) total = total + particle_log_prob(prior) * kl_weight_;
      if (j >= site) total = total - particle_log_prob(proposed) * kl_weight_;
    }
    if (inverse_temperature_.value() != 1.0 && j >= site)
      total = total - particle_log_prob(proposed) * rest_;
  }
  return total;
}

void Elbo::apply(BoundTerms& terms, const LatentBatch& batch) const {
  Tensor penalty;
  if (options_.capacity) {
    penalty = (terms.kl.mean() - capacity_).abs() * options_.gamma;
  } else if (options_.free_bits_total > 0) {
    penalty = at::clamp_min(terms.kl.mean(), options_.free_bits_total) * beta_;
  } else {
    const Tensor units = terms.kl_per_unit.defined()
                             ? terms.kl_per_unit
                             : kl_of_units(batch.model, batch.guide, uses_closed_forms());
    penalty = at::clamp_min(units, options_.free_bits).sum() * beta_;
  }
  terms.bound = terms.reconstruction - penalty;
}

BoundTerms Elbo::terms(const Trace& model, const Trace& guide, RandomSource* source) const {
  const bool is_sum = batch_penalty() == nullptr && inverse_temperature_.value() == 1.0;
  if (is_sum)
    if (auto out = in_one_sum(model, guide, beta_.value())) return std::move(*out);
  BoundTerms out = parts(model, guide);
  if (const BatchPenalty* penalty = batch_penalty())
    penalty->apply(out, {model, guide, num_examples(), source});
  else
    out.bound = beta_.value() == 1.0 ? out.elbo : out.reconstruction - out.kl * beta_;
  if (inverse_temperature_.value() == 1.0) return out;
  // t log p - log q = t (log p - log q) - (1 - t) log q, whichever way the KL was found.
  out.bound = out.bound * inverse_temperature_;
  for (const auto& site : guide.sites())
    out.bound = out.bound - guide.average(particle_log_prob(site)) * rest_;
  return out;
}

}  // namespace elbow
