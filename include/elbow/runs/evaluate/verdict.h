#pragma once

#include <string>
#include <vector>

#include "elbow/foundations/core/config_node.h"
#include "elbow/inference/methods/experiment.h"

namespace elbow {

/// Training examples that a verdict looks at, at most.
constexpr std::int64_t kMostJudged = 256;

/// The bound on a few training examples, chosen and drawn for by the seed alone: what the end of a
/// training is held against. {"elbo", "standard_error", "examples"}, in the file's units; null
/// for closed forms, whose bound cannot fall.
Json bound_on_some(const Experiment& experiment, std::uint64_t seed, at::Device device);

/// One thing that the end of a training says against the run.
struct Finding {
  std::string kind;    ///< bound_fell | bound_not_finite | collapsed | scale_at_limit |
                       ///< prior_conflict | spread_at_limit | spread_short | spread_uneven |
                       ///< one_point | not_at_rest | not_converged | guide_misses_mass |
                       ///< depth_at_limit | chains_stuck | all_divergent | divergent | not_mixed
  std::string words;   ///< what was found, in one sentence
  std::string advice;  ///< what to try
  bool is_failure = false;  ///< what was fitted is of no use (exit 86)
};

/// Judges weights at the end of a training, the gravest finding first: whether the bound is below
/// where it began, whether no latent unit says anything of the examples, whether a learned scale
/// ended at its limit.
/// @param start of bound_on_some() with the first weights; null when unknown
std::vector<Finding> judge(const ConfigNode& config,
                           const Experiment& experiment,
                           const Json& start,
                           std::uint64_t seed,
                           at::Device device);

/// run.json's `verdict`: {"kind": "sound" or the first finding's, "findings": [{kind, words,
/// try}]}.
Json verdict_json(const std::vector<Finding>& findings);

}  // namespace elbow
