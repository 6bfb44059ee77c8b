#pragma once

#include "elbow/runs/evaluate/fitted_model.h"
#include "elbow/runs/evaluate/importance.h"
#include "elbow/runs/evaluate/judge.h"

namespace elbow {

struct TrainedRun;

/// What every model with a guide can do after gradients fitted them.
class GradientFit : public FittedModel, public Judge {
 public:
  explicit GradientFit(Modules modules) : modules_(std::move(modules)) {}
  Judge* judge() override { return this; }
  std::vector<Finding> judge(const EndOfTraining& training) override;

 protected:
  GenerativeModel& model() const { return *modules_.model; }
  Guide& guide() const { return *modules_.guide; }
  const Modules& modules() const { return modules_; }
  /// With the run's objective, where the guide relaxes latents in training.
  ImportanceOptions with_relaxed_objective(ImportanceOptions options,
                                           const TrainedRun& run,
                                           const Dataset& dataset) const;
  /// Of an example whose likelihood is a probability, 0 of others: a density has no bits, since its
  /// value depends on the unit of the data, and with gaps examples have no one number of
  /// dimensions.
  static std::int64_t dimensions_of(const TrainedRun& run);
  /// Whether q(z | x) is of each example, and so can have collapsed.
  virtual bool has_posteriors() const { return false; }

 private:
  Modules modules_;
};

}  // namespace elbow
