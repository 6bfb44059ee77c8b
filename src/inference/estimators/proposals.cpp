#include "elbow/inference/estimators/proposals.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>

#include "elbow/foundations/core/profile_span.h"
#include "elbow/foundations/core/profiler.h"
#include "elbow/neural/nn/dropout.h"
#include "taped_source.h"

namespace elbow {
namespace {

/// While it lives, no graph reaches a module's parameters. They are what they were afterwards.
class FrozenParameters {
 public:
  explicit FrozenParameters(const Module& module) {
    for (const auto& parameter : module.parameters())
      if (parameter.requires_grad()) parameters_.push_back(parameter.set_requires_grad(false));
  }
  ~FrozenParameters() {
    for (const auto& parameter : parameters_) parameter.set_requires_grad(true);
  }
  FrozenParameters(const FrozenParameters&) = delete;
  FrozenParameters& operator=(const FrozenParameters&) = delete;

 private:
  std::vector<Tensor> parameters_;
};

}  // namespace

ConditionedGuidePtr Proposals::conditioned(Guide& guide, const Batch& batch) {
  const ProfileSpan span(SpanKind::component, "guide");
  return guide.condition(batch);
}

Trace Proposals::shown(const char* who, Trace trace) const {
  if (Profiler* profiler = ProfileSpan::active())
    for (const Site& site : trace.sites()) profiler->claim(&site.dist(), who);
  if (witness_) witness_(who, trace);
  return trace;
}

Trace Proposals::propose_with_frozen_density(std::int64_t num_particles) {
  const ProfileSpan span(SpanKind::component, "guide");
  MaskTape masks;
  const Trace drawn = recorded(masks, [&] { return propose(num_particles); });
  const ConditionedGuidePtr q = q_->detach();
  Trace out;
  if (drawn.sites().size() > 1) {
    // A site's distribution depends on the other draws, and that way must stay open: what scores
    // them then has its parameters frozen while it does.
    const FrozenParameters frozen(guide_);
    out = replayed(masks, [&] { return q->score(drawn); });
    for (const auto& site : out.sites()) site.log_prob();
  } else {
    out = q->score(drawn);
  }
  if (drawn.has_particle_weights()) out.set_log_particle_weights(drawn.log_particle_weights());
  return out;
}

Proposals::Choice Proposals::propose_one_of(
    std::int64_t num_particles,
    const std::function<Tensor(const Trace& model, const Trace& guide)>& choose) {
  const ProfileSpan span(SpanKind::component, "guide");
  Choice out;
  TapedNoise tape;
  MaskTape masks;
  Tensor index;
  {
    const at::NoGradGuard no_grad;
    const RecordedMasks recorded_masks(masks);
    RecordingSource recording(source(), tape);
    out.all_guide = shown("guide", q_->detach()->draw_relaxed(num_particles, recording));
    out.all_model = score(out.all_guide);
    const ProfileSpan objective(SpanKind::component, "objective");
    index = choose(out.all_model, out.all_guide);
  }
  ReplayingSource replaying(select_particles(tape, index));
  const ReplayedMasks replayed_masks(masks, index);
  out.guide = shown("guide", q_->draw_relaxed(1, replaying));
  out.model = score(out.guide);
  return out;
}

namespace {

/// What a model drew, as a guide is shown it: the data, with the gaps of a batch in turn where it
/// has some, and latents with a leading particle.
std::pair<Batch, Trace> as_shown(const Trace& draws,
                                 const std::vector<SiteSpec>& sites,
                                 const Tensor& seen) {
  Trace latents;
  for (const SiteSpec& spec : sites) {
    const Site& site = draws.at(spec.name);
    latents.add(site.with(site.dist_ptr(), site.value().unsqueeze(0)));
  }
  Batch data{draws.at("x").value()};
  if (seen.defined()) {
    const Tensor turn = at::arange(data.size(), seen.options().dtype(at::kLong));
    data.seen = seen.index_select(0, turn.remainder(seen.size(0)));
    data.x = data.x.masked_fill(data.seen.logical_not(), 0.0);
  }
  return {std::move(data), latents};
}

}  // namespace

Tensor Proposals::sleep_log_prob(std::int64_t num_draws) {
  const ProfileSpan span(SpanKind::component, "guide");
  std::pair<Batch, Trace> draws;
  {
    const ProfileSpan model(SpanKind::component, "model");
    const at::NoGradGuard no_grad;
    // Draws are given what the batch's examples are.
    Batch given;
    ModelContext context = context_;
    if (!model_.conditions().empty()) {
      std::vector<std::int64_t> positions;
      for (std::int64_t i = 0; i < num_draws; ++i) positions.push_back(i % batch_.size());
      given = batch_.select(positions);
      context.given = &given;
    }
    draws = as_shown(model_.sample(num_draws, context), model_.sites(), batch_.seen);
    draws.first.labels = given.labels;
    draws.first.covariates = given.covariates;
  }
  return shown("guide", guide_.condition(draws.first)->score(draws.second)).log_prob().mean();
}

}  // namespace elbow
