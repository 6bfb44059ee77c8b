#pragma once

#include <functional>

#include "elbow/guides/guide.h"
#include "elbow/models/generative_model.h"

namespace elbow {

/// What an estimator may ask of model and guide about one batch: draws, with or without a gradient
/// through them, and densities. Every number that is drawn comes from one source.
class Proposals {
 public:
  /// Keeps references. @param x [B, event...]
  Proposals(GenerativeModel& model, Guide& guide, const Tensor& x, RandomSource& source)
      : model_(model), guide_(guide), x_(x), source_(source) {}

  const Tensor& x() const { return x_; }
  /// K draws per example that can be differentiated through.
  Trace propose(std::int64_t num_particles) { return guide_.propose(x_, num_particles, source_); }
  /// K draws per example, held: densities alone have a gradient.
  Trace draw(std::int64_t num_particles) { return guide_.draw(x_, num_particles, source_); }
  /// The same, from the noise that somebody else gives.
  Trace draw_from(RandomSource& source, std::int64_t num_particles) {
    return guide_.draw(x_, num_particles, source);
  }
  RandomSource& source() { return source_; }
  /// The model's log densities at a guide's draws.
  Trace score(const Trace& guide_trace) { return model_.score(x_, guide_trace); }
  /// log q(z | x) of values of the guide's only site. @param z [K, B, L]
  Trace score_guide(const Tensor& z) { return guide_.score(x_, z); }
  /// The guide's draws under the guide with its parameters held: log q has a gradient through the
  /// draws alone.
  Trace cut(const Trace& guide_trace);
  /// K draws and their log-weights without a graph, then one of them for each example with one,
  /// made anew from its noise.
  /// @param choose from [K, B] log-weights to the particle of each example, [B]
  struct Choice {
    Trace guide, model;          ///< one particle, with a graph
    Trace all_guide, all_model;  ///< all K, without
  };
  Choice propose_one_of(
      std::int64_t num_particles,
      const std::function<Tensor(const Trace& model, const Trace& guide)>& choose);
  /// Mean of log q(z | x) over n draws (z, x) of the model: what the sleep phase climbs. 0-dim
  Tensor dream(std::int64_t num_draws);

 private:
  GenerativeModel& model_;
  Guide& guide_;
  const Tensor& x_;
  RandomSource& source_;
};

}  // namespace elbow
