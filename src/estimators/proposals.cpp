#include "elbow/estimators/proposals.h"

#include <ATen/core/grad_mode.h>

#include "elbow/nn/dropout.h"
#include "taped_source.h"

namespace elbow {
namespace {

/// While it lives, no graph reaches a module's parameters. They are what they were afterwards.
class HeldParameters {
 public:
  explicit HeldParameters(const torch::nn::Module& module) {
    for (const auto& parameter : module.parameters())
      if (parameter.requires_grad()) parameters_.push_back(parameter.set_requires_grad(false));
  }
  ~HeldParameters() {
    for (const auto& parameter : parameters_) parameter.set_requires_grad(true);
  }
  HeldParameters(const HeldParameters&) = delete;
  HeldParameters& operator=(const HeldParameters&) = delete;

 private:
  std::vector<Tensor> parameters_;
};

}  // namespace

Trace Proposals::propose_cut(std::int64_t num_particles) {
  MaskTape masks;
  const Trace guide_trace = recorded(masks, [&] { return propose(num_particles); });
  if (guide_trace.sites().size() > 1) {
    // A site's distribution depends on the other draws, and that way must stay open.
    const HeldParameters held(guide_);
    Trace out = replayed(masks, [&] { return guide_.score_sites(x_, guide_trace); });
    for (const auto& site : out.sites()) site.log_prob();
    return out;
  }
  Trace out;
  for (const Site& site : guide_trace.sites())
    out.add(site.with(site.dist().detach(), site.value()));
  if (guide_trace.has_particle_weights())
    out.set_log_particle_weights(guide_trace.log_particle_weights());
  return out;
}

Proposals::Choice Proposals::propose_one_of(
    std::int64_t num_particles,
    const std::function<Tensor(const Trace& model, const Trace& guide)>& choose) {
  Choice out;
  TapedNoise tape;
  MaskTape masks;
  Tensor index;
  {
    const at::NoGradGuard no_grad;
    const RecordedMasks recorded_masks(masks);
    RecordingSource recording(source_, tape);
    out.all_guide = shown("guide", guide_.propose(x_, num_particles, recording));
    out.all_model = score(out.all_guide);
    index = choose(out.all_model, out.all_guide);
  }
  ReplayingSource replaying(select_particles(tape, index));
  const ReplayedMasks replayed_masks(masks, index);
  out.guide = shown("guide", guide_.propose(x_, 1, replaying));
  out.model = score(out.guide);
  return out;
}

Tensor Proposals::sleep_log_prob(std::int64_t num_draws) {
  Tensor x, z;
  {
    const at::NoGradGuard no_grad;
    const Trace draws = model_.sample(num_draws, source_);
    x = draws.at("x").value();
    z = draws.at("z").value().unsqueeze(0);
  }
  return shown("guide", guide_.score(x, z)).at("z").log_prob().mean();
}

}  // namespace elbow
