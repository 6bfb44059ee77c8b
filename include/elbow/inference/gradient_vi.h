#pragma once

#include <functional>
#include <memory>

#include "elbow/estimators/back_propagate.h"
#include "elbow/guides/guide.h"
#include "elbow/inference/inference.h"
#include "elbow/models/generative_model.h"
#include "elbow/optim/optimizer.h"

namespace elbow {

/// Stochastic gradient ascent on a bound: model x guide x objective x estimator x optimizer.
class GradientVi : public Inference {
 public:
  struct Options {
    std::uint64_t seed = 1;
    SchedulePtr learning_rate;
    double clip_norm = 0;  ///< 0: none
    double ema_decay = 0;  ///< 0: no average is kept
  };
  /// Takes modules that are on their device already; flattens their parameters.
  GradientVi(GenerativeModelPtr model,
             GuidePtr guide,
             ObjectivePtr objective,
             GradientEstimatorPtr estimator,
             const std::function<OptimizerPtr(const Tensor& values)>& make_optimizer,
             Options options);

  StepReport step(const Pieces& pieces, const Clock& clock) override;
  EvaluationTerms evaluate(const Batch& batch, RandomSource& source) override;
  std::vector<std::pair<std::string, double>> schedule_values(const Clock& clock) override;
  InferenceState state() const override;
  void load(const InferenceState& state, const std::string& source) override;
  void set_retry(std::int64_t seed_offset, double rate_factor) override;
  Json explain_non_finite(const Pieces& pieces, const Clock& clock) override;
  std::int64_t num_parameters() const override { return parameters_.values().numel(); }

  GenerativeModel& model() { return *model_; }
  Guide& guide() { return *guide_; }
  Objective& objective() { return *objective_; }
  FlatParameters& parameters() { return parameters_; }

 private:
  void seed_step(const Clock& clock, std::size_t piece);
  void set_training(bool is_training);
  /// A density has none, and so no KL.
  bool has_latents() const { return model_->latent_size() > 0; }
  /// A step up to its gradients with the noise that it had: which of its terms is the first that is
  /// not finite. Moves running statistics.
  Json replay(const Pieces& pieces, const Clock& clock);
  /// Of model, guide and estimator.
  NamedTensors all_parameters() const;
  NamedTensors all_buffers() const;
  NamedTensors rng_state() const;

  GenerativeModelPtr model_;
  GuidePtr guide_;
  ObjectivePtr objective_;
  GradientEstimatorPtr estimator_;
  Options options_;
  FlatParameters parameters_;
  ClimbingParameters climbing_;
  OptimizerPtr optimizer_;
  Tensor average_;       ///< EMA of the weights, [P]; undefined without one
  Tensor rate_, found_;  ///< 0-dim float32
  std::int64_t seed_offset_ = 0;
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
