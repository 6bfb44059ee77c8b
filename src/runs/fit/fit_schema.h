#pragma once

#include "elbow/foundations/config/schema.h"

namespace elbow {

/// What a configuration of a fit in memory may say: everything but what concerns files, threads and
/// run directories, which would be read and ignored.
/// @param data the only row of the factory `data`
Schema fit_schema(const ComponentInfo& data);

}  // namespace elbow
