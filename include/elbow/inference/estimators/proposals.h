#pragma once

#include <functional>

#include "elbow/data/dataset/batch.h"
#include "elbow/foundations/core/profile_span.h"
#include "elbow/inference/guides/guide.h"
#include "elbow/models/generative/generative_model.h"

namespace elbow {

/// What an estimator may ask of model and guide about one batch: draws, with or without a gradient
/// through them, and densities. The guide is conditioned on the batch once. Every number that is
/// drawn comes from one source.
class Proposals {
 public:
  /// Is shown every trace when it is made. @param who "guide" or "model"
  using Witness = std::function<void(const char* who, const Trace& trace)>;
  /// Keeps references. Runs the guide's encoder.
  Proposals(GenerativeModel& model,
            Guide& guide,
            const Batch& batch,
            const ModelContext& context,
            Witness witness = nullptr)
      : model_(model),
        guide_(guide),
        batch_(batch),
        context_(context),
        q_(conditioned(guide, batch)),
        witness_(std::move(witness)) {}

  const Batch& batch() const { return batch_; }
  /// K draws per example that can be differentiated through, of discrete latents relaxed ones.
  Trace propose(std::int64_t num_particles) {
    const ProfileSpan guide(SpanKind::component, "guide"), draw(SpanKind::part, "draw");
    return shown("guide", q_->draw_relaxed(num_particles, source()));
  }
  /// K draws per example, detached: densities alone have a gradient.
  Trace draw(std::int64_t num_particles) { return draw_from(source(), num_particles); }
  /// The same, from the noise that somebody else gives.
  Trace draw_from(RandomSource& source, std::int64_t num_particles) {
    const ProfileSpan guide(SpanKind::component, "guide"), draw(SpanKind::part, "draw");
    return shown("guide", q_->draw(num_particles, source, DrawGradient::none));
  }
  RandomSource& source() { return context_.source; }
  /// The model's log densities at a guide's draws; of relaxed ones with densities those of a
  /// relaxed model.
  Trace score(const Trace& latents) {
    const ProfileSpan model(SpanKind::component, "model");
    return shown("model", q_->relaxed(model_.score(batch_, latents, context_), latents));
  }
  /// log q(z | x) of values of every site. @param values [K, B, event...]
  Trace score_guide(const Trace& values) {
    const ProfileSpan guide(SpanKind::component, "guide");
    return shown("guide", q_->score(values));
  }
  /// What the guide is to maximise beside the bound.
  std::pair<std::string, Tensor> supervision() const { return q_->supervision(); }
  /// The sites that have no value yet, drawn given those that have one, [K, B, event...], so that
  /// they can be differentiated through. @return every site
  Trace propose_given(const Trace& values, std::int64_t num_particles) {
    const ProfileSpan guide(SpanKind::component, "guide"), draw(SpanKind::part, "draw");
    return shown("guide", q_->draw_given(values, num_particles, source(), DrawGradient::pathwise));
  }
  /// K draws that can be differentiated through, under the guide with its parameters frozen: log q
  /// has a gradient through the draws alone.
  Trace propose_with_frozen_density(std::int64_t num_particles);
  /// K draws and their log-weights without a graph, then one of them for each example with one,
  /// recomputed from its noise and its dropout masks.
  /// @param choose from [K, B] log-weights to the particle of each example, [B]
  struct Choice {
    Trace guide, model;          ///< one particle, with a graph
    Trace all_guide, all_model;  ///< all K, without
  };
  Choice propose_one_of(
      std::int64_t num_particles,
      const std::function<Tensor(const Trace& model, const Trace& guide)>& choose);
  /// Mean of log q(z | x) over n draws (z, x) of the model: what the sleep phase maximises. 0-dim
  Tensor sleep_log_prob(std::int64_t num_draws);

 private:
  static ConditionedGuidePtr conditioned(Guide& guide, const Batch& batch);
  /// To the witness; a profile is told whose densities they are.
  Trace shown(const char* who, Trace trace) const;
  GenerativeModel& model_;
  Guide& guide_;
  const Batch& batch_;
  ModelContext context_;
  ConditionedGuidePtr q_;
  Witness witness_;
};

}  // namespace elbow
