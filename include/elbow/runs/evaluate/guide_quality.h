#pragma once

#include <string>
#include <vector>

#include "elbow/inference/methods/experiment.h"
#include "elbow/runs/evaluate/verdict.h"

namespace elbow {

/// How good a guide of a target is, from its own draws: ELBO, importance-weighted evidence and how
/// far the weights can be trusted.
struct GuideQuality {
  std::int64_t draws = 0;
  std::int64_t rejected = 0;        ///< of them, draws where the target has no density
  double elbo = 0, elbo_error = 0;  ///< nats; of the draws that have a density
  double log_evidence = 0, log_evidence_error = 0;  ///< nats; those without one count as 0
  double pareto_k = 0;
  double effective_sample_size = 0;  ///< of the importance weights
};

/// Draws 20,000, and up to 100,000 where that brings the ELBO's error to 0.005 nats.
/// @throws std::logic_error for a model that is no target
GuideQuality quality_of_guide(const Modules& modules, std::uint64_t seed);

/// What speaks against the guide: "guide_misses_mass", nothing below a Pareto k of 0.7.
std::vector<Finding> findings_on(const GuideQuality& quality);

Json json_of(const GuideQuality& quality);
/// Some lines, from json_of's value; "" for anything else.
std::string quality_text(const Json& quality);

}  // namespace elbow
