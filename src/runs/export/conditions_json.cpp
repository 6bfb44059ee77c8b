#include "conditions_json.h"

#include "elbow/data/sources/input.h"
#include "elbow/foundations/core/contains.h"
#include "elbow/models/generative/conditions.h"

namespace elbow {

void describe_conditions(const TrainedRun& run,
                         const std::vector<std::string>& arguments,
                         const GenerativeModel& model,
                         Json& out) {
  const data::Reading reading = data::reading_from(run.facts);
  // A label is the position of what the training data call it.
  if (contains(arguments, kLabel))
    out["label"] = {{"dtype", "int64"}, {"classes", reading.classes}};
  for (const SiteSpec& spec : model.sites())
    if (spec.is_label) out["label"] = {{"latent", spec.name}, {"classes", reading.classes}};
  if (contains(model.conditions(), kLibrarySize))
    out["library_size"] = "the encoder takes it of x, the mean of x is at 1";
  if (contains(arguments, kCovariates))
    out["covariates"] = {
        {"columns", reading.covariates.names},
        {"column_numbers", reading.covariates.numbers},
        {"mean", reading.covariates.mean},
        {"standard_deviation", reading.covariates.deviation},
        {"rule", "(value - mean) / standard_deviation, column by column, in double precision"}};
}

}  // namespace elbow
