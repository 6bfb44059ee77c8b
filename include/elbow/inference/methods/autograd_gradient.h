#pragma once

#include "elbow/inference/estimators/back_propagate.h"
#include "elbow/inference/guides/guide.h"
#include "elbow/inference/methods/gradient_source.h"
#include "elbow/models/generative/generative_model.h"

namespace elbow {

/// The gradient of an estimator's surrogate by autograd, one micro-batch of the batch after the
/// other.
class AutogradGradient : public GradientSource {
 public:
  /// Keeps references to all of them. @param parameters of model, guide and estimator, flattened
  /// @param num_examples N, in training
  AutogradGradient(GenerativeModel& model,
                   Guide& guide,
                   Objective& objective,
                   GradientEstimator& estimator,
                   const FlatParameters& parameters,
                   std::int64_t num_examples,
                   std::uint64_t seed);

  StepTerms accumulate(const MicroBatches& micro_batches, const Clock& clock) override;
  StepTerms gradient_of(const Batch& batch, const at::Generator& noise) override;
  std::uint64_t noise_key(const Clock& clock, std::size_t micro_batch) const override;
  Json explain_non_finite(const MicroBatches& micro_batches, const Clock& clock) override;
  void set_seed_offset(std::int64_t offset) override { seed_offset_ = offset; }

 private:
  at::Generator noise_of(const Clock& clock, std::size_t micro_batch) const;
  void add(StepTerms& total, const Batch& batch, double weight, const at::Generator& noise);

  GenerativeModel& model_;
  Guide& guide_;
  Objective& objective_;
  GradientEstimator& estimator_;
  const FlatParameters& parameters_;
  ParameterGroups groups_;
  std::int64_t num_examples_;
  std::uint64_t seed_;
  std::int64_t seed_offset_ = 0;
};

}  // namespace elbow
