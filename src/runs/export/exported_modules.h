#pragma once

#include "elbow/foundations/core/layout.h"
#include "elbow/runs/evaluate/trained_run.h"
#include "traced_method.h"

namespace elbow {

/// encoder.pt: q(z | x). @throws UsageError for a guide without an encoder
ModulePlan encoder_plan(TrainedRun& run);
/// decoder.pt: p(x | z) and p(z), one row of z for each row of the result.
ModulePlan decoder_plan(TrainedRun& run);

/// Both files, and what model.json says of them.
struct ExportPlan {
  ModulePlan encoder, decoder;
  Json description;  ///< "encoder", "decoder", and what is said of their latents
};
/// Of a model that decodes one vector, whose posterior an encoder says.
ExportPlan plan_of_vector(TrainedRun& run);
/// Of a model of several latents, each a tensor of its own, or of one whose guide maps real numbers
/// onto it: what guide and model answer whatever stands on what.
ExportPlan plan_of_sites(TrainedRun& run);

/// The shape of what the encoder takes for an example: of data with gaps, the numbers and then
/// which of them were observed.
Shape encoder_shape(const TrainedRun& run);

/// Where each tensor of a flat vector begins, and its shape.
Json blocks_json(const Layout& layout);
/// What model.json says of them.
Json encoder_json(TrainedRun& run, const ModulePlan& plan);
Json decoder_json(TrainedRun& run, const ModulePlan& plan);
Json prior_json(TrainedRun& run);

/// How a row of the user's file becomes what the encoder takes: bytes, moments, bits, splits.
Json preprocessing_json(const TrainedRun& run);

}  // namespace elbow
