#pragma once

#include <optional>

#include "elbow/runs/evaluate/evaluation.h"
#include "elbow/runs/evaluate/trained_run.h"

namespace elbow {

struct PosteriorStudyOptions {
  std::string split = "test";
  std::int64_t limit = 1000;  ///< examples, a random subset keyed by the seed; 0: all
  ImportanceOptions importance;
};

struct PosteriorStudy {
  Json summary;
  Evaluation evaluation;  ///< the examples behind it, for a table
};

/// What the latents of a run say of its examples, as far as it is known.
struct SayingOfLatents {
  double kl = 0;                             ///< nats
  std::optional<double> mutual_information;  ///< nats
  std::int64_t units = 0, active_units = 0;
};

/// "full": the mutual information is below 0.1 nats, whether the posteriors are the prior or
/// another distribution that is the same for all; "partial": some units are active, but fewer than
/// half; else "none". Where the mutual information is not known the KL, which is never smaller,
/// may tell; "" when it does not.
std::string collapse_of(const SayingOfLatents& saying);

/// How the guide's posteriors do, example by example: what each latent unit says (its KL, and
/// whether its mean moves with the data), whether the latents say anything at all, and how heavy
/// the tails of the importance weights are.
///
/// @return of summary {"split", "examples", "particles", "kl": {value, standard_error},
/// "kl_per_unit": [L] nats, descending, where the KL is a sum over units, "active_units" (variance
/// of the posterior mean above 0.01 of the prior's), "units", "mutual_information": {value,
/// standard_error, examples} of latents and examples, where posteriors can score any latent,
/// "collapse": collapse_of, of 20 examples or more; all these absent of a target;
/// "effective_sample_size": {mean, median, lowest_twentieth}, "pareto_k": {"bands": {below 0.5, 0.5
/// to 0.7, 0.7 to 1, above 1: shares}, "histogram": {"first", "width", "counts"}, "worst":
/// [{"index", "k"}], "undefined": the examples, if any, with too few different weights to fit a
/// tail; the shares are of the others}, "advice": [text]}
PosteriorStudy study_posterior(TrainedRun& run,
                               const Dataset& dataset,
                               const PosteriorStudyOptions& options);

/// Counts in equal bins; what lies outside goes to the first or last.
Json histogram(const std::vector<double>& values, double first, double width, std::size_t bins);

}  // namespace elbow
