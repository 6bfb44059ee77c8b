#include "elbow/inference/estimators/antithetic_bernoulli.h"

#include <ATen/TensorOperators.h>

#include <stdexcept>

#include "discrete_support.h"
#include "elbow/neural/nn/dropout.h"
#include "score_terms.h"
#include "taped_source.h"

namespace elbow {
namespace {

Tensor middle(const Tensor& a, const Tensor& b) { return (a + b) / 2; }

/// What both draws say together.
BoundTerms middle(const BoundTerms& a, const BoundTerms& b) {
  BoundTerms out = a;
  out.bound = middle(a.bound, b.bound);
  out.elbo = middle(a.elbo, b.elbo);
  out.reconstruction = middle(a.reconstruction, b.reconstruction);
  out.kl = middle(a.kl, b.kl);
  return out;
}

}  // namespace

ComponentInfo AntitheticBernoulli::info(Kind kind) {
  EstimatorTraits traits;
  traits.judges_particles = true;
  traits.latents = EstimatorLatents::binary;
  return ComponentInfo::of(
             kind == Kind::arm ? "arm" : "disarm",
             kind == Kind::arm
                 ? "Bernoulli guides: antithetic pairs, augment-REINFORCE-merge"
                 : "Bernoulli guides: ARM with its noise integrated out given the pair")
      .source(kind == Kind::arm ? "Yin, Zhou, ARM, 2019, arXiv:1807.11143, theorem 1"
                                : "Dong, Mnih, Tucker, DisARM, 2020, arXiv:2006.10680, section 3")
      .with(traits);
}

Tensor AntitheticBernoulli::slopes(const Tensor& noise,
                                   const Tensor& logits,
                                   const Tensor& first,
                                   const Tensor& second) const {
  if (kind_ == Kind::arm) return noise - 0.5;
  // first - second is (-1)^b2 where the two differ, and 0 where they agree.
  return (first - second) * logits.abs().sigmoid() / 2;
}

Surrogate AntitheticBernoulli::estimate(const Objective& objective, Proposals& proposals) {
  const ParticleMean* mean = objective.particle_mean();
  if (mean == nullptr) throw std::logic_error("the objective is no average over particles");
  const std::int64_t count = objective.num_particles();
  TapedNoise tape;
  RecordingSource recording(proposals.source(), tape);
  // The values of both draws are of one function: the same units are left out.
  MaskTape of_model;
  const Trace second = proposals.draw_from(recording, count);
  if (second.sites().size() != 1 || tape.size() != 1)
    throw std::logic_error("antithetic draws are of a guide with one site of Bernoulli latents");
  ReplayingSource mirrored({1 - tape.front()});
  const Trace first = proposals.draw_from(mirrored, count);
  const Trace detached_first = detach_densities(first), detached_second = detach_densities(second);
  const Trace model_first = recorded(of_model, [&] { return proposals.score(first); });
  const Trace model_second = replayed(of_model, [&] { return proposals.score(second); });
  Surrogate out;
  out.terms = middle(objective.terms(model_first, detached_first),
                     objective.terms(model_second, detached_second));
  const Tensor difference = (mean->particle_terms(model_first, detached_first, 0) -
                             mean->particle_terms(model_second, detached_second, 0))
                                .detach();
  const Tensor& logits = as_bernoulli(second.sites().front().dist()).logits();
  const Tensor gradient = difference.unsqueeze(-1) * slopes(tape.front(),
                                                            logits.detach(),
                                                            first.sites().front().value(),
                                                            second.sites().front().value());
  out.loss = -out.terms.bound.mean() - (gradient * logits).sum(-1).mean();
  return out;
}

}  // namespace elbow
