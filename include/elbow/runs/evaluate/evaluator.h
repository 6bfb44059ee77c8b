#pragma once

#include <string>

#include "elbow/runs/evaluate/evaluation.h"

namespace elbow {

/// Says how well examples are explained.
class Evaluator {
 public:
  virtual ~Evaluator() = default;
  /// Fills in what is known of the examples out.rows of a split: means in out.summary, and the
  /// examples for a table. @throws UsageError for options that say nothing here
  virtual void evaluate(TrainedRun& run,
                        const EvaluationOptions& options,
                        const Dataset& dataset,
                        const std::string& split,
                        Evaluation& out) = 0;
};

}  // namespace elbow
