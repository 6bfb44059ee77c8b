#pragma once

#include <memory>

#include "elbow/foundations/core/schedule.h"
#include "elbow/inference/methods/inference.h"
#include "elbow/inference/particles/draws_guide.h"

namespace elbow {

/// Stochastic gradient Langevin dynamics: chains that follow gradients of minibatches with noise of
/// the steps' own size, and so need no acceptance where steps are small. Draws are biased by the
/// step and by the gradients' noise.
///
/// Welling, Teh, "Bayesian learning via stochastic gradient Langevin dynamics", ICML 2011, equation
/// 4; with a diagonal metric: Li, Chen, Carlson, Carin, "Preconditioned stochastic gradient
/// Langevin dynamics for deep neural networks", AAAI 2016, arXiv:1512.07666, algorithm 1, which the
/// warm-up learns and which then stays: a metric that follows the chain biases it, and the more the
/// smaller the step.
class Sgld : public Inference {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::int64_t num_examples = 1;
    std::int64_t num_warmup = 1000;
    std::int64_t thin = 10;  ///< steps from draw to draw
    SchedulePtr step_size;
    double start_scale = 0.1;
    bool is_preconditioned = false;
    Tensor starts = {};  ///< [C, U] instead of draws
  };
  Sgld(GenerativeModelPtr model, std::shared_ptr<DrawsGuide> guide, Options options);

  StepReport step(const MicroBatches& micro_batches, const Clock& clock) override;
  EvaluationTerms evaluate(const Batch& batch, RandomSource& source) override;
  std::vector<Metric> metrics() const override;
  std::vector<std::pair<std::string, double>> schedule_values(const Clock& clock) override;
  InferenceState state() const override;
  void load(const InferenceState& state, const std::string& source) override;
  void set_retry(std::int64_t seed_offset, double rate_factor) override;
  Json explain_non_finite(const MicroBatches& micro_batches, const Clock& clock) override;
  std::int64_t num_parameters() const override { return positions_.numel(); }
  Engine engine() const override { return {"autograd", "gradients of all chains at once"}; }
  bool ends_with_the_fit() const override { return true; }

 private:
  struct Gradient {
    Tensor log_joint;  ///< [C]
    Tensor values;     ///< [C, U]
  };
  Gradient gradient(const MicroBatches& micro_batches) const;
  Tensor noise(std::int64_t iteration) const;

  GenerativeModelPtr model_;
  std::shared_ptr<DrawsGuide> guide_;
  Options options_;
  Tensor positions_;  ///< [C, U] float64
  Tensor squares_;    ///< [C, U]: running mean of the squared mean gradient
  std::int64_t seed_offset_ = 0;
  double rate_factor_ = 1;
};

}  // namespace elbow
