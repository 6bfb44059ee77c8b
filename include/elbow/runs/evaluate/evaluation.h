#pragma once

#include <string>
#include <vector>

#include "elbow/runs/evaluate/importance.h"
#include "elbow/runs/evaluate/trained_run.h"

namespace elbow {

struct EvaluationOptions {
  std::string split = "test";
  std::string input;       ///< a user's own file instead of a split
  std::int64_t limit = 0;  ///< 0: all; otherwise a random subset keyed by the seed
  ImportanceOptions importance;
};

struct Evaluation {
  Json summary;  ///< eval/<split>.json of INTERFACE.md section 3; NaN becomes null in the file
  std::vector<std::int64_t> rows;
  std::vector<ExampleEstimate> examples;
  /// Positions in `rows` of the examples whose densities are beyond the range of the dtype.
  std::vector<std::size_t> overflowed;
  bool is_closed_form =
      false;        ///< of examples, elbo is exact, and log_evidence where it is a number
  std::string csv;  ///< the table of examples, of models that have columns of their own
};

/// All rows of a split, or `limit` of them chosen by the seed, ascending. @param limit 0: all
std::vector<std::int64_t> choose_rows(std::int64_t size, std::int64_t limit, std::uint64_t seed);

/// @throws UsageError naming the splits that there are
void need_split(const Dataset& dataset, const std::string& split);

/// Brings the examples' densities to the units of the file.
/// @return by how much their mean fell, as must every mean that was not made of them
double use_file_units(const DataUnits& units,
                      const Dataset& dataset,
                      const std::string& split,
                      std::int64_t batch_size,
                      Evaluation& evaluation);

/// @throws UsageError for `--refine-steps` where there is nothing to refine: why
void refuse_refinement(const EvaluationOptions& options, const std::string& why);
/// Says in a summary that each example's posterior was refined, where it was.
void note_refinement(const RefinementOptions& options, Json& summary);

/// Bound, NLL and diagnostics of a split or of a user's own file.
Evaluation evaluate_run(TrainedRun& run, const EvaluationOptions& options);

/// CSV: index, elbo, reconstruction, kl, nll, effective_sample_size, pareto_k; of a closed form and
/// of a density index, elbo, nll; of a response index, split, nll, squared_error. What is not
/// defined is written `undefined`.
std::string per_example_csv(const Evaluation& evaluation);

/// How many of the units begin to end - 1 are active; null where a variance is not defined.
/// @param variances of each unit's posterior mean, over examples @param prior_variances of each
/// unit; empty: 1
Json active_units(const std::vector<double>& variances,
                  const std::vector<double>& prior_variances,
                  std::size_t begin,
                  std::size_t end);

/// Means, standard errors and Monte-Carlo errors, NaN where they are undefined; "nll_bias" is by
/// how much the NLL of so many draws is expected to exceed that of infinitely many.
/// @param dimensions of a discrete example, for bits per dimension; 0: a density
/// @param prior_variances of each latent unit, the scale on which a unit is active; empty: 1
Json summarise(const std::vector<ExampleEstimate>& examples,
               std::int64_t particles,
               std::int64_t dimensions,
               const std::vector<double>& prior_variances = {});

}  // namespace elbow
