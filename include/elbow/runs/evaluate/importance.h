#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "elbow/data/dataset/dataset.h"
#include "elbow/inference/guides/guide.h"
#include "elbow/inference/objectives/objective.h"
#include "elbow/models/generative/generative_model.h"
#include "elbow/runs/evaluate/refinement.h"

namespace elbow {

/// What the draws of one example say, in nats. A variance or bias that the draws cannot tell is
/// NaN: those of one draw, for a start.
struct ExampleEstimate {
  double elbo = 0, reconstruction = 0, kl = 0;
  double elbo_variance = 0;            ///< of the ELBO estimate, over the draws
  double log_evidence = 0;             ///< log (1/K) sum w_k
  double log_evidence_variance = 0;    ///< over the draws, by the jackknife
  double log_evidence_bias = 0;        ///< at most 0, by the jackknife
  double effective_sample_size = 0;    ///< (sum w)^2 / sum w^2
  double pareto_k = 0;                 ///< NaN when the draws are too few to tell
  std::vector<double> posterior_mean;  ///< [L]
  /// Of latents that training relaxes, with the relaxed draws of training; NaN for others.
  double relaxed_elbo = std::numeric_limits<double>::quiet_NaN();
};

struct ImportanceOptions {
  std::int64_t particles = 100;
  std::uint64_t seed = 1;
  std::int64_t tiles_in_flight = 0;  ///< 0: one per thread
  std::int64_t batch_size = 1024;    ///< examples gathered together
  RefinementOptions refinement;      ///< of each example's posterior before it is used
  /// What training maximised, where the guide has relaxed latents: of its ELBO there.
  std::shared_ptr<const Objective> relaxed_objective = nullptr;
};

/// log p(x) of a model without latents, exactly: every estimate of an example is that number.
std::vector<ExampleEstimate> exact_densities(GenerativeModel& model,
                                             const Dataset& dataset,
                                             const std::string& split,
                                             const std::vector<std::int64_t>& rows,
                                             std::int64_t batch_size);

/// K-sample importance estimates for rows of a split (Burda et al., 2015, arXiv:1509.00519,
/// equation 8).
///
/// The work is cut into tiles of fixed shape, 16 examples x 16 particles, padded where data or
/// particles run out. A tile is computed by one thread from noise keyed by (example, particle), and
/// an example's tiles are merged in order. So the result is the same, bit for bit, for any batch
/// size, number of tiles in flight or threads, and memory does not grow with K. Takes the place of
/// neither training mode nor gradients: both are off.
std::vector<ExampleEstimate> importance_estimates(GenerativeModel& model,
                                                  Guide& guide,
                                                  const Dataset& dataset,
                                                  const std::string& split,
                                                  const std::vector<std::int64_t>& rows,
                                                  const ImportanceOptions& options);

}  // namespace elbow
