#pragma once

#include <cstdint>
#include <vector>

#include "elbow/data/dataset/dataset.h"
#include "elbow/models/conjugate/conjugate_model.h"
#include "elbow/runs/train/run_recorder.h"

namespace elbow {

/// What a conjugate model has learned, drawn over the training data, with the ranges of the axes in
/// the units of the file:
///
/// - "mixture": classes over two features. Examples have the colour of their most probable class;
///   ellipses of one and two standard deviations go around the classes whose expected weight is
///   that of at least one training example.
/// - "state-paths": the first feature of the first sequences over the steps, in the colours of
///   their most probable states, which a strip below shows too.
/// - "prediction": a response over the one column that it is predicted from, with the predictive
///   mean and the central 95 %.
///
/// Empty for other models. At most 5,000 examples are drawn, which the seed chooses where there are
/// more. Equal inputs give equal bytes.
std::vector<NamedPicture> conjugate_pictures(const ConjugateModel& model,
                                             const Globals& globals,
                                             const Dataset& dataset,
                                             std::uint64_t seed);

}  // namespace elbow
