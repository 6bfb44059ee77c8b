#pragma once

#include <functional>
#include <memory>

#include "elbow/inference/estimators/gradient_estimator.h"
#include "elbow/inference/guides/guide.h"
#include "elbow/inference/methods/captured_step.h"
#include "elbow/inference/methods/gradient_source.h"
#include "elbow/inference/methods/parameter_update.h"
#include "elbow/models/generative/generative_model.h"

namespace elbow {

/// Stochastic gradient ascent on a bound: model x guide x objective x estimator x optimizer. A step
/// has two halves: a source of gradients, and an update by them.
class GradientVi : public Inference {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::int64_t num_examples = 1;  ///< N, in training
    SchedulePtr learning_rate;
    double clip_norm = 0;              ///< 0: none
    double ema_decay = 0;              ///< 0: no average is kept
    bool evaluates_objective = false;  ///< with its own number of draws, beside the ELBO of one
    bool evaluates_average = false;    ///< what is evaluated: the average instead of the weights
  };
  /// Takes modules that are on their device already; flattens their parameters.
  GradientVi(GenerativeModelPtr model,
             GuidePtr guide,
             ObjectivePtr objective,
             GradientEstimatorPtr estimator,
             const std::function<OptimizerPtr(const Tensor& values)>& make_optimizer,
             Options options);

  StepReport step(const MicroBatches& micro_batches, const Clock& clock) override;
  /// Where relaxed latents are soft, the bound of hard ones, from one draw: what a step raises is
  /// another.
  std::vector<std::pair<std::string, double>> terms_for_record(const MicroBatches& micro_batches,
                                                               const Clock& clock) override;
  /// Latents are hard; the bound of relaxed ones stands beside.
  EvaluationTerms evaluate(const Batch& batch, RandomSource& source) override;
  std::int64_t num_evaluation_draws() const override;
  /// The ELBO, the reconstruction, and the objective where options ask for it.
  std::vector<Metric> metrics() const override;
  std::shared_ptr<void> use_evaluated_weights() override;
  std::vector<std::pair<std::string, double>> schedule_values(const Clock& clock) override;
  InferenceState state() const override;
  void load(const InferenceState& state, const std::string& source) override;
  void set_retry(std::int64_t seed_offset, double rate_factor) override;
  Json explain_non_finite(const MicroBatches& micro_batches, const Clock& clock) override;
  std::int64_t num_parameters() const override { return parameters_.values().numel(); }
  Engine engine() const override;
  /// Steps are captured on the device and run again where that can be had.
  void ask_for_graph();

  GenerativeModel& model() { return *model_; }
  Guide& guide() { return *guide_; }
  Objective& objective() { return *objective_; }
  FlatParameters& parameters() { return parameters_; }

 private:
  void set_training(bool is_training);
  /// A density has no latents, and so no KL. What dropout leaves out is a response model's.
  bool has_kl() const { return !model_->sites().empty() || model_->response_model() != nullptr; }
  /// Whether an evaluation draws latents that all examples share.
  bool has_global_sites() const { return has_global_site(model_->sites()); }
  void advance(const Clock& clock);
  /// The bound's terms at hard draws, [B], or [B G] of data sets side by side.
  BoundTerms hard_terms(const Batch& batch, const ConditionedGuide& q, RandomSource& source);
  /// Of model, guide and estimator.
  NamedTensors all_parameters() const;
  NamedTensors all_buffers() const;
  /// Buffers that steps move.
  std::vector<Tensor> statistics() const;
  /// Gradient and update.
  StepOutcome take(const MicroBatches& micro_batches, const Clock& clock);
  /// The same of a batch in one piece, with nothing in it that the host decides anew.
  StepOutcome take(const Batch& batch, const at::Generator& noise);

  GenerativeModelPtr model_;
  GuidePtr guide_;
  ObjectivePtr objective_;
  GradientEstimatorPtr estimator_;
  Options options_;
  FlatParameters parameters_;
  std::unique_ptr<GradientSource> source_;
  ParameterUpdate update_;
  std::unique_ptr<CapturedStep> captured_;  ///< null: not asked for
  std::string why_eager_ = "operator by operator; engine: graph captures steps on a CUDA device";
  double rate_factor_ = 1.0;
};

/// Parameters and buffers of model and guide under "model." and "guide.".
NamedTensors named_parameters(const GenerativeModel& model, const Guide& guide);
NamedTensors named_buffers(const GenerativeModel& model, const Guide& guide);

/// Copies stored weights into freshly built modules. @param use_average take ema.* where there is
/// one
/// @throws DataError when the names, shapes or dtypes differ, or no average was kept
void load_weights(GenerativeModel& model,
                  Guide& guide,
                  const NamedTensors& stored,
                  bool use_average,
                  const std::string& source);

}  // namespace elbow
