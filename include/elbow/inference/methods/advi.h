#pragma once

#include <cmath>
#include <optional>

#include "elbow/inference/guides/standardised_guide.h"
#include "elbow/inference/methods/inference.h"
#include "elbow/inference/methods/mode_search.h"
#include "elbow/inference/optim/flat_parameters.h"
#include "elbow/models/generative/generative_model.h"

namespace elbow {

/// A guide of a target by stochastic gradient ascent on the ELBO that needs no tuning and stops by
/// itself.
///
/// 1. A search for modes. The highest one and the Hessian there standardise the coordinates: by the
///    covariance's factor where the guide is a normal of full rank, else by standard deviations
///    alone, which leave every other family as it is; correlations may still precondition the means
///    of a mean-field normal. Without a mode the start is the best of some points.
/// 2. Step sizes are tried from there; the one with the highest ELBO is taken.
/// 3. Adam, draws in antithetic pairs, gradients that stick the landing where q can be evaluated;
/// of
///    normals, where it varies less, gradients of what the quadratic at the mode leaves over.
///    Blocks of iterates are averaged; once R-hat over the halves of a window is small, the step is
///    halved and the draws are doubled. The fit ends when the Monte-Carlo error of the window's
///    average is small against the guide's own standard deviation, and halving the step has moved
///    no mean and no standard deviation by more than their errors explain.
///
/// Kucukelbir et al., "Automatic differentiation variational inference", 2017, arXiv:1603.00788;
/// Roeder, Wu, Duvenaud, 2017, arXiv:1703.09194; Miller et al., "Reducing reparameterization
/// gradient variance", 2017, arXiv:1705.07880; Dhaka et al., 2020, arXiv:2009.00666; Welandawe et
/// al., 2024, arXiv:2203.15945.
class Advi : public Inference {
 public:
  struct Options {
    ModeSearch::Options search;
    std::uint64_t seed = 1;
    std::int64_t draws_per_step = 100;  ///< even: antithetic pairs
    double tolerance = 0.002;  ///< Monte-Carlo error of means, in the guide's sds, and of log sds
    std::int64_t max_steps = 20000;
  };
  Advi(GenerativeModelPtr model, std::shared_ptr<StandardisedGuide> guide, const Options& options);

  StepReport step(const MicroBatches& micro_batches, const Clock& clock) override;
  EvaluationTerms evaluate(const Batch& batch, RandomSource& source) override;
  std::vector<Metric> metrics() const override;
  std::vector<std::pair<std::string, double>> schedule_values(const Clock& clock) override;
  InferenceState state() const override;
  void load(const InferenceState& state, const std::string& source) override;
  void set_retry(std::int64_t seed_offset, double rate_factor) override;
  Json explain_non_finite(const MicroBatches& micro_batches, const Clock& clock) override;
  std::int64_t num_parameters() const override { return parameters_.values().numel(); }
  bool has_converged() const override { return phase_ == Phase::done; }
  std::optional<Convergence> convergence() const override;
  std::string ending() const override;
  Engine engine() const override { return {"autograd", "all draws of a step at once"}; }
  bool ends_with_the_fit() const override { return true; }

 private:
  enum class Phase { search, trials, stages, done };
  /// What there is of a stage: a row for each block of steps.
  struct Blocks {
    Tensor parameters;        ///< [B, P] means of the iterates
    Tensor values;            ///< [B, 2 D] means, then logarithms of standard deviations, of z
    std::int64_t length = 0;  ///< steps of each
  };
  struct Gradient {
    Tensor of_parameters;  ///< [P]
    double elbo = 0;
    bool is_finite = false;
  };

  // advi.cpp
  const Target& target() const { return *model_->target(); }
  StepReport search_step();
  StepReport gradient_step(const Clock& clock);
  Gradient gradient(std::uint64_t key);
  /// Draws of the inner guide with ln p - ln q, to be averaged with weights; or, where the mode's
  /// curvature helps, with ln p minus the quadratic there, and what is known exactly beside it.
  struct Terms {
    Tensor ratio;    ///< [K...]
    Tensor weights;  ///< undefined: even ones
    Tensor exact;    ///< 0-dim, to be added; undefined: nothing
    double share;    ///< of the draws that have a density, which alone are there
  };
  /// ln p at draws, of which those without a density are dropped: counted by the target, and
  /// reported. Nothing of theirs is differentiated, which could be NaN. @param e [K, 1, D]
  /// @param log_q [K, 1], or undefined
  Tensor log_density_where_it_is(Tensor& e, Tensor& log_q, double& share) const;
  Terms draw_terms(const DistributionPtr& q, RandomSource& source);
  Terms curved_terms(const DistributionPtr& q, RandomSource& source);
  /// One of Adam. Kingma, Ba, 2015, arXiv:1412.6980, algorithm 1
  void update(const Tensor& gradient, double rate);
  void write_parameters(const Tensor& iterate);
  /// Twice as many in each stage, up to the last doubling.
  std::int64_t draws_now() const;
  static constexpr std::int64_t kMostDoublings = 4;
  double elbo_of(const Tensor& iterate);
  /// Means and log standard deviations of z, [2 D].
  Tensor values_of(const Tensor& iterate);

  // advi_phases.cpp
  void standardise_by_mode();
  void start_without_mode();
  /// Of a normal: by its own moments.
  void standardise_by_guide();
  void begin_trials();
  void follow_trial();
  /// Takes the estimator of the gradient that varies less at the iterate.
  void choose_estimator();
  double spread_of_gradients();
  void begin_stage(const Tensor& iterate);
  void follow_stage();
  void close_block();
  void check_stage();
  /// @param is_precise whether the average's error is as small as is wanted
  void end_stage(const Tensor& average, bool is_precise);
  /// Gives the guide the average of what there is, wherever the stage stands. The iterates stay, so
  /// that more steps go on as if there had been no end.
  void settle();

  GenerativeModelPtr model_;
  std::shared_ptr<StandardisedGuide> guide_;
  Options options_;
  ModeSearch search_;
  FlatParameters parameters_;  ///< of the inner guide
  std::int64_t size_;          ///< D
  bool is_normal_;             ///< of full rank or mean field: its first D parameters are means
  std::int64_t seed_offset_ = 0;
  double rate_factor_ = 1;

  // Where it stands; all of it goes into a checkpoint.
  Phase phase_ = Phase::search;
  bool has_scale_ = false;  ///< coordinates are standardised
  Tensor mean_factor_;      ///< [D, D]: means are this times those of the iterate
  Tensor curvature_;        ///< [D, D] of minus ln p at the mode, in standardised coordinates
  bool uses_curvature_ = false;
  Tensor iterate_, first_moment_, second_moment_;  ///< [P]
  std::int64_t adam_steps_ = 0;
  std::int64_t trial_ = 0, stage_ = 0;
  std::int64_t in_part_ = 0;  ///< steps of the trial or block
  Tensor sum_;                ///< [P] of the iterates of the trial's end, or block
  Tensor start_, best_;       ///< [P] of the trials
  double best_elbo_ = 0, best_rate_ = 0, rate_ = 0;
  Blocks blocks_;
  Tensor previous_;  ///< [2 D] values of the stage before
  double r_hat_ = std::nan(""), error_ = std::nan(""), shift_ = std::nan("");
};

}  // namespace elbow
