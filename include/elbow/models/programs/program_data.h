#pragma once

#include <string>
#include <vector>

#include "elbow/language/stan/program_data.h"
#include "elbow/models/programs/evaluation.h"

namespace elbow::programs {

using stan::ProgramData;

/// The value of a variable of the data block. @param sizes that its declaration has
/// @throws DataError: missing, of another shape, a real where integers are declared, not a number
Value data_value(const ProgramData& data,
                 const stan::Statement& declaration,
                 const std::vector<std::int64_t>& sizes);

}  // namespace elbow::programs
