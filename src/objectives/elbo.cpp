#include "elbow/objectives/elbo.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/zeros_like.h>

#include "elbow/distributions/kl.h"

namespace elbow {

namespace {

/// log q(z) - log p(z), averaged over particles: [B].
Tensor monte_carlo_kl(const Trace& guide, const Site& proposed, const Site& prior) {
  return guide.average(proposed.log_prob() - prior.log_prob());
}

}  // namespace

Elbo::Elbo(Options options) : options_(std::move(options)) {}

ComponentInfo Elbo::info() {
  ComponentInfo info;
  info.name = "elbo";
  info.summary = "Evidence lower bound, with beta schedule and free bits";
  info.paper =
      "Kingma, Welling, 2014, arXiv:1312.6114, equation 3; beta: Higgins et al., ICLR 2017; "
      "free bits: Kingma et al., 2016, arXiv:1606.04934, appendix C.8; inverse temperature: "
      "Rezende, Mohamed, 2015, arXiv:1505.05770, equation 20";
  info.parameters = {
      Parameter::integer("num_particles", "draws per example, averaged").defaults(1).at_least(1),
      Parameter::schedule("beta", "weight of the KL term").defaults(1.0).at_least(0),
      Parameter::schedule(
          "inverse_temperature",
          "weight of log p(x, z) against log q(z | x): below 1 the density that the "
          "guide is fitted to is flatter")
          .defaults(1.0)
          .above(0),
      Parameter::number("free_bits", "KL below this is not penalised, per latent unit, batch mean")
          .defaults(0.0)
          .at_least(0)
          .in_unit("nats"),
      Parameter::choice("kl",
                        {"auto", "monte_carlo"},
                        "auto: closed form where the pair has one; monte_carlo: from the draws")
          .defaults("auto")};
  info.properties = {{"estimators", {"pathwise", "sticking_the_landing"}},
                     {"is_lower_bound", true}};
  return info;
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
  options.kl = node.text("kl") == "auto" ? Kl::automatic : Kl::monte_carlo;
  return std::make_shared<Elbo>(options);
}

void Elbo::advance(const Clock& clock) {
  beta_ = options_.beta ? options_.beta->value(clock) : 1.0;
  if (options_.inverse_temperature)
    inverse_temperature_ = options_.inverse_temperature->value(clock);
}

std::vector<std::pair<std::string, double>> Elbo::schedule_values() const {
  std::vector<std::pair<std::string, double>> out{{"beta", beta_}};
  if (options_.inverse_temperature) out.emplace_back("inverse_temperature", inverse_temperature_);
  return out;
}

Tensor Elbo::reduce(const Tensor& log_weights) const { return log_weights.mean(0); }

Tensor Elbo::penalty(const BoundTerms& terms) const {
  if (options_.free_bits == 0.0) return terms.kl * beta_;
  if (!terms.kl_per_unit.defined())
    return at::clamp_min(terms.kl.mean(), options_.free_bits) * beta_;
  // The floor acts on the batch mean of each unit, so a unit may be unused for some examples.
  return at::clamp_min(terms.kl_per_unit, options_.free_bits).sum() * beta_;
}

Tensor Elbo::bound(const BoundTerms& terms, const Trace& guide) const {
  const bool is_elbo = beta_ == 1.0 && options_.free_bits == 0.0;
  Tensor out = is_elbo ? terms.elbo : terms.reconstruction - penalty(terms);
  if (inverse_temperature_ == 1.0) return out;
  // t log p - log q = t (log p - log q) - (1 - t) log q, whichever way the KL was found.
  out = out * inverse_temperature_;
  for (const auto& site : guide.sites())
    out = out - guide.average(site.log_prob()) * (1 - inverse_temperature_);
  return out;
}

BoundTerms Elbo::terms(const Trace& model, const Trace& guide) const {
  check_compatible(model, guide);
  BoundTerms out;
  for (const auto& site : model.sites())
    if (site.is_observed()) {
      const Tensor term = guide.average(site.log_prob());
      out.reconstruction = out.reconstruction.defined() ? out.reconstruction + term : term;
    }
  for (const auto& proposed : guide.sites()) {
    const Site& prior = model.at(proposed.name());
    std::optional<Tensor> per_unit, closed;
    if (options_.kl == Kl::automatic) {
      per_unit = kl_per_dimension(proposed.dist(), prior.dist());
      if (!per_unit) closed = kl_divergence(proposed.dist(), prior.dist());
    }
    const Tensor kl = per_unit ? per_unit->sum(-1)
                      : closed ? *closed
                               : monte_carlo_kl(guide, proposed, prior);
    out.kl = out.kl.defined() ? out.kl + kl : kl;
    if (per_unit && guide.sites().size() == 1) out.kl_per_unit = per_unit->mean(0);
  }
  // A density has no latents, a target no data.
  if (!out.kl.defined()) out.kl = at::zeros_like(out.reconstruction);
  if (!out.reconstruction.defined()) out.reconstruction = at::zeros_like(out.kl);
  out.elbo = out.reconstruction - out.kl;
  out.bound = bound(out, guide);
  return out;
}

}  // namespace elbow
