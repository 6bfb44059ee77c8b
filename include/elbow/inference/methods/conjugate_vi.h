#pragma once

#include <functional>
#include <limits>
#include <memory>

#include "elbow/inference/methods/inference.h"
#include "elbow/models/conjugate/conjugate_model.h"

namespace elbow {

/// Coordinate ascent and natural-gradient stochastic VI over a conditionally conjugate model: each
/// global factor takes lambda <- (1 - rho) lambda + rho lambda_hat, where lambda_hat is its optimum
/// given expected statistics scaled to the whole data set by N / M. The data set as one batch with
/// rho = 1 is coordinate ascent, decaying rho and minibatches stochastic VI, point masses
/// expectation-maximisation.
///
/// Hoffman, Blei, Wang, Paisley, "Stochastic variational inference", 2013, arXiv:1206.7051,
/// figure 4.
class ConjugateVi : public Inference {
 public:
  struct Options {
    std::uint64_t seed = 1;
    SchedulePtr rho;
    std::int64_t num_examples = 0;  ///< N
    std::int64_t restarts = 1;      ///< all are fitted side by side; the best bound is the model
    double tolerance = 0;  ///< relative change of a full-batch bound that ends a restart; 0: never
    bool keeps_local = false;  ///< q(z_n) begins where it ended the last time; memory grows with N
    bool is_whole = false;     ///< every step takes all examples, so that it repeats exactly
  };
  /// @param start natural parameters to begin with instead of the model's own start; every restart
  /// has them then
  /// @param frame that they are in
  /// @throws DataError when every restart has a start that the data cannot carry
  ConjugateVi(ConjugateModelPtr model,
              const InitialData& data,
              Options options,
              const std::vector<Tensor>& start = {},
              const Tensor& frame = {});

  StepReport step(const MicroBatches& micro_batches, const Clock& clock) override;
  EvaluationTerms evaluate(const Batch& batch, RandomSource& source) override;
  std::vector<Metric> metrics() const override { return {Metric{}}; }
  std::vector<std::pair<std::string, double>> schedule_values(const Clock& clock) override;
  InferenceState state() const override;
  void load(const InferenceState& state, const std::string& source) override;
  void set_retry(std::int64_t seed_offset, double rate_factor) override;
  Json explain_non_finite(const MicroBatches& micro_batches, const Clock& clock) override;
  std::int64_t num_parameters() const override;
  bool has_converged() const override;
  /// Of the best restart.
  std::optional<Convergence> convergence() const override;
  bool repeats_exactly() const override { return options_.is_whole; }

  const ConjugateModel& model() const { return *model_; }
  /// Of the restart with the best bound so far.
  const Globals& globals() const { return restarts_[best()].globals; }

 private:
  struct Restart {
    Globals globals;
    std::vector<double>
        terms;  ///< of the last step, before its update; nats of the whole data set. They add up
    bool is_converged = false;
    Tensor local;             ///< [N, L]; undefined when nothing is kept
    bool has_failed = false;  ///< left its parameter space: the others go on without it
    double change = std::numeric_limits<double>::quiet_NaN();  ///< see Convergence

    bool is_done() const { return is_converged || has_failed; }
    double bound() const;
  };
  std::size_t best() const;
  std::int64_t num_left() const;
  Statistics local_steps(Restart& restart, const MicroBatches& micro_batches) const;
  std::vector<double> terms_of(const Statistics& statistics, const Globals& globals) const;
  Restart begin(const InitialData& data,
                std::int64_t number,
                const std::vector<Tensor>& start,
                const Tensor& frame) const;
  /// @return empty, or what was not finite or outside its space
  std::string advance(Restart& restart, const MicroBatches& micro_batches, double rho) const;
  /// One step of every restart that is not done; those that fail drop out while others are left.
  /// @return whether any is left
  bool advance_all(const MicroBatches& micro_batches, double rho);
  std::vector<std::string> term_names() const;

  ConjugateModelPtr model_;
  Options options_;
  std::vector<Restart> restarts_;
  double rate_factor_ = 1.0;
  std::string problem_;  ///< of the last failure: a factor outside its space, or the bound
};

/// The global factors of a checkpoint. @throws DataError when names, shapes or dtypes differ
Globals load_globals(const ConjugateModel& model,
                     const NamedTensors& stored,
                     const std::string& source);

}  // namespace elbow
