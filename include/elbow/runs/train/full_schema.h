#pragma once

#include "elbow/foundations/config/schema.h"

namespace elbow {

/// Every factory row and section of this program.
Schema full_schema();

}  // namespace elbow
