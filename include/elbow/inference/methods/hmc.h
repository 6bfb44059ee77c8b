#pragma once

#include <memory>
#include <vector>

#include "elbow/inference/methods/inference.h"
#include "elbow/inference/monte_carlo/trajectories.h"
#include "elbow/inference/monte_carlo/warm_up.h"
#include "elbow/inference/particles/draws_guide.h"

namespace elbow {

/// Hamiltonian Monte Carlo: chains side by side, each with its own path, evaluated together. A step
/// is one iteration of all chains. They share the leapfrog's step and the mass matrix, which the
/// warm-up learns from all of them.
class Hmc : public Inference {
 public:
  enum class Mass { identity, diagonal, dense };
  struct Options {
    std::uint64_t seed = 1;
    std::int64_t num_examples = 1;
    std::int64_t num_warmup = 1000;
    bool is_nuts = true;
    std::int64_t max_depth = 10;     ///< NUTS
    std::int64_t num_leapfrog = 16;  ///< of a path of HMC, at most
    Mass mass = Mass::diagonal;
    double target_acceptance = 0.8;
    double step_size = 0;    ///< to begin with; 0: searched for
    double start_scale = 2;  ///< starts are uniform in (-s, s)
    Tensor starts = {};      ///< [C, U] instead, where their density is finite
  };
  /// @param data the whole training set, in parts that are evaluated one after the other
  Hmc(GenerativeModelPtr model,
      std::shared_ptr<DrawsGuide> guide,
      std::vector<Batch> data,
      Options options);

  StepReport step(const MicroBatches& micro_batches, const Clock& clock) override;
  EvaluationTerms evaluate(const Batch& batch, RandomSource& source) override;
  std::vector<Metric> metrics() const override;
  std::vector<std::pair<std::string, double>> schedule_values(const Clock& clock) override;
  InferenceState state() const override;
  void load(const InferenceState& state, const std::string& source) override;
  void set_retry(std::int64_t, double) override {}
  Json explain_non_finite(const MicroBatches& micro_batches, const Clock& clock) override;
  std::int64_t num_parameters() const override {
    return guide_->num_chains() * guide_->joint().size();
  }
  Engine engine() const override { return {"autograd", "gradients of all chains at once"}; }
  bool repeats_exactly() const override { return true; }

  std::int64_t num_gradients() const { return num_gradients_; }

 private:
  /// ln p and its gradient at points [C, U].
  DensityAt density(const Tensor& points);
  /// One point's values for each chain. @param which chains
  void evaluate_points(const std::vector<std::size_t>& which,
                       const std::vector<std::vector<double>>& points,
                       std::vector<double>& values,
                       std::vector<std::vector<double>>& gradients);
  /// Draws starts until each has a finite density. @return whether all have
  bool find_starts();
  /// The step at which one leapfrog of all chains has the target acceptance, within a factor of 2.
  double find_step(double from, std::int64_t iteration);
  double acceptance_of_one_step(double step, std::int64_t iteration);
  std::vector<Transition> transitions(std::int64_t iteration);
  void adapt(const std::vector<Transition>& found, std::int64_t iteration);
  void keep_draw(const std::vector<Transition>& found);
  double present_step(std::int64_t iteration) const;
  std::int64_t num_chains() const { return guide_->num_chains(); }

  GenerativeModelPtr model_;
  std::shared_ptr<DrawsGuide> guide_;
  std::vector<Batch> data_;
  Options options_;
  WarmUpPlan plan_;
  DualAveraging averaging_;
  RunningCovariance covariance_;
  MassMatrix mass_;
  std::vector<ChainPoint> chains_;      ///< empty before the first step
  std::vector<std::int64_t> rejected_;  ///< chains without a start
  std::int64_t num_gradients_ = 0, num_divergent_ = 0;
};

}  // namespace elbow
