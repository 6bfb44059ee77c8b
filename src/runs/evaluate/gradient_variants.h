#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "elbow/inference/methods/build_gradient_vi.h"
#include "elbow/runs/evaluate/gradient_study.h"

namespace elbow {

/// The run's configuration with another estimator and another number of particles.
struct GradientVariant {
  std::string label;  ///< pathwise; score_function (baseline leave_one_out)
  std::int64_t num_particles = 1;
  ResolvedConfig config;
  bool is_trained = false;  ///< the run's own pair: what it has learned is in the checkpoint
  bool is_exact = false;    ///< no noise
};

/// Estimators that are held against one reference.
struct GradientComparison {
  std::optional<GradientVariant> reference;  ///< none: nothing is known of the truth
  std::vector<GradientVariant> variants;
};

struct GradientPlan {
  std::vector<GradientComparison> comparisons;
  Json left_out;  ///< pairs that do not go together, and why
};

/// Why a variant cannot be drawn from, found by trying; "" when it can.
using GradientProbe = std::function<std::string(const GradientVariant&)>;

/// What is to be drawn.
/// @throws UsageError, ConfigError
GradientPlan plan_gradients(const TrainedRun& run,
                            const GradientStudyOptions& options,
                            const GradientProbe& probe);

}  // namespace elbow
