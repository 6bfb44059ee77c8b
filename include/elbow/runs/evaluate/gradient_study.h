#pragma once

#include <memory>
#include <string>
#include <vector>

#include "elbow/runs/evaluate/gradient_moments.h"
#include "elbow/runs/evaluate/trained_run.h"

namespace elbow {

struct GradientStudyOptions {
  /// YAML: "vimco, {type: score_function, baseline: none}", a list with or without its brackets;
  /// "": all that the objective knows and that go with the run's latents.
  std::string estimators;
  std::vector<std::int64_t> num_particles;  ///< empty: 1, 5 and the run's own
  std::vector<std::string> overrides;       ///< of objective.* and estimator.*
  std::int64_t draws = 100;
  std::int64_t reference_draws = 0;  ///< 0: five times as many
  std::int64_t batch_size = 0;       ///< 0: the training's
};

/// The gradient of the run's objective at the weights of its checkpoint, for one batch of training
/// examples (a random one, keyed by the seed, the same for all): how its estimators differ in mean,
/// variance, signal-to-noise ratio and bias, for each number of particles and each group of
/// parameters (model, guide, and their layers).
///
/// The bias is against a long run of an estimator whose mean is the gradient of the same
/// K-particle objective. Where the objective has none since its weights are normalised by
/// themselves, it is against the same estimator with eight times the largest number of particles;
/// where terms of the whole batch are estimated there is no reference and no bias. Each draw is a
/// function of (seed, estimator, K, draw).
class GradientStudy {
 public:
  /// Plans, and tries each estimator once.
  /// @throws UsageError, ConfigError for a pair that is asked for and does not go together
  GradientStudy(TrainedRun& run, const Dataset& dataset, const GradientStudyOptions& options);
  ~GradientStudy();

  /// @return {"split", "examples", "draws", "reference_draws", "entries": [{"estimator",
  /// "particles", "reference": {"estimator", "particles"}, "seconds_per_draw", "not_finite": draws
  /// left out, "few_flips": how many times discrete latents are expected to have left their
  /// likeliest value in all draws, where that is too seldom to tell a bias, "groups":
  /// [describe_gradient]}], "left_out": [{"estimator", "particles", "why"}]}
  Json draw();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The elements of "a, {type: b, c: d}", with or without brackets around them.
std::vector<std::string> split_list(const std::string& text);

/// The sides model and guide, then their layers: parameters of one module; those of the model or
/// the guide itself are "model (own)".
/// @param named in the order in which they are flattened
std::vector<ParameterGroup> parameter_groups(const NamedTensors& named);

}  // namespace elbow
