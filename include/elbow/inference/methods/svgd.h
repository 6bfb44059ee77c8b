#pragma once

#include <functional>
#include <memory>

#include "elbow/foundations/core/schedule.h"
#include "elbow/inference/methods/inference.h"
#include "elbow/inference/methods/parameter_update.h"
#include "elbow/inference/particles/particle_guide.h"
#include "elbow/inference/particles/stein_kernel.h"

namespace elbow {

/// What a metric of the target that particles see each other in is made of.
enum class Curvature {
  none,
  fisher,   ///< mean of score score' over the particles
  hessian,  ///< mean of minus the second derivatives over the particles
};

/// The words of a configuration, in the order of the enumeration.
const std::vector<std::string>& curvatures();

/// Stein variational gradient descent: particles that follow the gradient of the density and
/// repel each other. What is left of the model to learn, such as the scale of a noise, follows the
/// gradient of the particles' mean log joint.
///
/// Liu, Wang, "Stein variational gradient descent: a general purpose Bayesian inference algorithm",
/// 2016, arXiv:1608.04471, algorithm 1.
class Svgd : public Inference {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::int64_t num_examples = 1;  ///< N_data, in training
    SchedulePtr learning_rate;
    SchedulePtr temperature;  ///< scores are divided by it
    double clip_norm = 0;     ///< 0: none
    double tolerance = 0;     ///< largest |phi| at which the particles are at rest; 0: never
    Curvature curvature = Curvature::none;
    bool keeps_first_metric = false;  ///< of the first step, instead of each step's own
    double damping = 1e-3;            ///< smallest eigenvalue of the metric, of the largest
    bool holds_lost = false;          ///< a particle whose score is not finite stays where it is
    bool is_whole = false;            ///< each step sees all examples
  };
  Svgd(GenerativeModelPtr model,
       std::shared_ptr<ParticleGuide> guide,
       SteinKernelPtr kernel,
       const std::function<OptimizerPtr(const Tensor& values)>& make_optimizer,
       Options options);

  StepReport step(const MicroBatches& micro_batches, const Clock& clock) override;
  /// Of responses ln of the particles' mean density, else the particles' mean log density.
  EvaluationTerms evaluate(const Batch& batch, RandomSource& source) override;
  std::vector<Metric> metrics() const override;
  std::vector<std::pair<std::string, double>> schedule_values(const Clock& clock) override;
  InferenceState state() const override;
  void load(const InferenceState& state, const std::string& source) override;
  void set_retry(std::int64_t seed_offset, double rate_factor) override;
  /// Names the particles.
  Json explain_non_finite(const MicroBatches& micro_batches, const Clock& clock) override;
  std::int64_t num_parameters() const override { return parameters_.values().numel(); }
  bool has_converged() const override;
  /// Largest |phi| of the last step.
  double residual() const { return residual_.item<double>(); }
  /// How much of each dimension the particles' spread accounts for, of each data set, at the last
  /// step: minus the mean of (x - mean) score, which is 1 under any density. [G, U] float64, NaN
  /// before the first step. Of minibatches a running mean.
  const Tensor& held_dimensions() const { return held_; }
  const SteinKernel& kernel() const { return *kernel_; }
  const ParticleGuide& particle_guide() const { return *guide_; }
  Engine engine() const override { return {"autograd", "scores of all particles at once"}; }
  bool repeats_exactly() const override { return options_.is_whole; }

 private:
  struct Scores {
    Tensor log_joint;     ///< [N, G]
    Tensor predictive;    ///< 0-dim: the metric of the batch
    Tensor of_particles;  ///< [N, G, U]
    std::vector<Tensor> of_model;
    Tensor hessian;  ///< [G, U, U], minus the mean one; undefined when nobody asked
  };
  bool has_responses() const { return model_->response_model() != nullptr; }
  const Tensor& particles() const { return guide_->particles(); }
  Scores scores(const MicroBatches& micro_batches, const Clock& clock);
  /// Of each response [B, G] or, without, of the target.
  Tensor predictive(const UnconstrainedJoint::Terms& terms) const;
  bool needs_metric() const;
  bool has_metric() const;
  Tensor metric_of(const Scores& scores, std::int64_t group) const;
  void find_metric(const Scores& scores);
  /// phi of all particles, [N, G, U]. Not finite where a score is not and the policy decides.
  Tensor directions(const Scores& scores);
  Tensor directions_of_group(const Tensor& particles, const Tensor& scores, std::int64_t group);
  /// Into the buffer of gradients: minus phi, and the model's own.
  void set_gradients(const Scores& scores, const Tensor& phi);
  void note_rest(const Tensor& phi, const Tensor& held);
  /// Over the particles; those that are held where they are have none.
  Tensor mean_log_joint(const Scores& scores) const;
  NamedTensors all_parameters() const;
  NamedTensors all_buffers() const;

  GenerativeModelPtr model_;
  std::shared_ptr<ParticleGuide> guide_;
  SteinKernelPtr kernel_;
  Options options_;
  FlatParameters parameters_;
  ParameterUpdate update_;
  Tensor residual_;  ///< 0-dim float64: largest |phi| of the last step
  Tensor held_;      ///< [G, U] float64
  Tensor factors_;   ///< [G, U, U] of the metric; 0 before the first step
  double rate_factor_ = 1;
  std::int64_t seed_offset_ = 0, num_lost_ = 0;
};

}  // namespace elbow
