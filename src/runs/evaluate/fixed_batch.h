#pragma once

#include <string>
#include <vector>

#include "elbow/inference/estimators/back_propagate.h"
#include "elbow/runs/evaluate/gradient_moments.h"
#include "gradient_variants.h"

namespace elbow {

/// Model and guide in training mode; what running averages they have is put back afterwards.
class TrainingMode {
 public:
  explicit TrainingMode(Modules& modules);
  ~TrainingMode();
  TrainingMode(const TrainingMode&) = delete;
  TrainingMode& operator=(const TrainingMode&) = delete;

 private:
  std::vector<Tensor> buffers() const;

  Modules& modules_;
  std::vector<Tensor> before_;
};

struct DrawnGradients {
  GradientMoments moments;
  double seconds_per_draw = 0;
  std::int64_t not_finite = 0;  ///< draws that are not among the moments
};

/// One batch at fixed weights, and draws of its gradient. Keeps references.
class FixedBatch {
 public:
  FixedBatch(TrainedRun& run, const Dataset& dataset, std::int64_t batch_size);

  std::int64_t num_examples() const { return batch_.size(); }
  const std::vector<ParameterGroup>& groups() const { return groups_; }
  /// How many discrete latents one draw of the batch is expected to take away from their likeliest
  /// value, up to a factor of 2: the sum of their variances. Infinite where nothing is discrete.
  double expected_flips() const;
  /// Why the pair has no gradient here; "" when it has one.
  std::string try_once(const GradientVariant& variant);
  /// @param role draws of two roles share no random numbers
  /// @throws UsageError when most draws are not finite
  DrawnGradients draw(const GradientVariant& variant, std::int64_t count, const std::string& role);

 private:
  struct Pair {
    ObjectivePtr objective;
    GradientEstimatorPtr estimator;
  };

  Pair make_pair(const GradientVariant& variant) const;
  /// What the estimator averages over steps, as training or a hundred draws left it.
  void settle(Pair& pair, const GradientVariant& variant, std::uint64_t stream);
  /// Of the objective, which is maximised: minus that of the loss. [P]
  Tensor gradient(Pair& pair, std::uint64_t stream, std::uint64_t draw);

  TrainedRun& run_;
  const Dataset& dataset_;
  Batch batch_;
  NamedTensors leaves_;
  ParameterGroups updated_;
  std::vector<ParameterGroup> groups_;
  std::int64_t size_ = 0;
};

}  // namespace elbow
