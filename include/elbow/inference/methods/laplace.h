#pragma once

#include <optional>

#include "elbow/inference/guides/guide.h"
#include "elbow/inference/methods/inference.h"
#include "elbow/inference/methods/mode_search.h"
#include "elbow/models/generative/generative_model.h"
#include "elbow/probability/targets/target.h"

namespace elbow {

/// Laplace's approximation of a target: a normal at the highest mode that is found, whose precision
/// is minus the Hessian there (ModeSearch).
///
/// It writes the guide's parameters: of `full_rank_normal` mean and Cholesky factor; of
/// `diag_normal` the mean and the inverse of the precision's diagonal, which is the best mean-field
/// normal of a normal.
///
/// MacKay, "Information Theory, Inference, and Learning Algorithms", 2003, chapter 27.
class LaplaceApproximation : public Inference {
 public:
  /// @param parameters the guide's, flat: mean [D], then the factor's (FullRankNormal::from_flat)
  /// or the logarithms of standard deviations [D]
  /// @throws std::logic_error for a model that is no target, or parameters of another size
  LaplaceApproximation(GenerativeModelPtr model,
                       GuidePtr guide,
                       Tensor parameters,
                       ModeSearch::Options options);

  StepReport step(const MicroBatches& micro_batches, const Clock& clock) override;
  /// The log density at the mode so far.
  EvaluationTerms evaluate(const Batch& batch, RandomSource& source) override;
  std::vector<Metric> metrics() const override;
  std::vector<std::pair<std::string, double>> schedule_values(const Clock&) override { return {}; }
  InferenceState state() const override;
  void load(const InferenceState& state, const std::string& source) override;
  void set_retry(std::int64_t, double) override {}
  Json explain_non_finite(const MicroBatches& micro_batches, const Clock& clock) override;
  std::int64_t num_parameters() const override { return parameters_.numel(); }
  /// All starts have ended, and one of them at a mode.
  bool has_converged() const override;
  std::optional<Convergence> convergence() const override {
    return Convergence{has_converged(), search_.decrement(), options_.tolerance};
  }
  Engine engine() const override { return {"autograd", "gradients of all differences at once"}; }
  bool repeats_exactly() const override { return true; }

 private:
  void write_guide();

  GenerativeModelPtr model_;
  GuidePtr guide_;
  Tensor parameters_;  ///< of the guide
  ModeSearch::Options options_;
  std::int64_t size_;
  ModeSearch search_;
};

}  // namespace elbow
