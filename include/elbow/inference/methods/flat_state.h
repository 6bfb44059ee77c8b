#pragma once

#include <string>

#include "elbow/inference/methods/inference.h"
#include "elbow/inference/methods/parameter_update.h"

namespace elbow {

/// Everything that a fit by updates of a flat buffer needs to go on exactly: its parameters and
/// buffers by name, their moving average as "ema.", and the optimizer's moments. Noise is keyed by
/// the step: no generator has a state worth keeping.
InferenceState flat_state(const FlatParameters& parameters,
                          const NamedTensors& buffers,
                          const ParameterUpdate& update);

/// Takes such a state over. Every check comes first: one that does not fit changes nothing.
/// @throws DataError naming the tensor
void load_flat_state(const InferenceState& state,
                     const std::string& source,
                     const FlatParameters& parameters,
                     const NamedTensors& buffers,
                     ParameterUpdate& update);

/// Copies stored weights into those of freshly built modules. @param use_average take ema.* where
/// there is one
/// @throws DataError when the names, shapes or dtypes differ, or no average was kept
void load_named_weights(const NamedTensors& parameters,
                        const NamedTensors& buffers,
                        const NamedTensors& stored,
                        bool use_average,
                        const std::string& source);

}  // namespace elbow
