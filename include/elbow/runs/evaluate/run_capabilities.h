#pragma once

#include "elbow/runs/evaluate/trained_run.h"

namespace elbow {

class Diagnosable;
class Encoder;
class Evaluator;
class Exportable;
class Imputer;
class PosteriorSource;
class Predictor;
class Reconstructor;
class Sampler;
class Traverser;

/// What a verb asks a run for. Where it has none: @throws UsageError that says what the run is and
/// which verbs work on it.
Evaluator& evaluator_of(const TrainedRun& run);
Sampler& sampler_of(const TrainedRun& run);
Encoder& encoder_of(const TrainedRun& run);
Reconstructor& reconstructor_of(const TrainedRun& run);
Traverser& traverser_of(const TrainedRun& run);
PosteriorSource& posterior_source_of(const TrainedRun& run);
Predictor& predictor_of(const TrainedRun& run);
/// Also of a run whose training data had no gaps.
Imputer& imputer_of(const TrainedRun& run);
Diagnosable& diagnosable_of(const TrainedRun& run);
Exportable& exportable_of(const TrainedRun& run);

}  // namespace elbow
