#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace elbow::data {

/// Larochelle's text form of binary images (one image a line, 784 times 0 or 1 with blanks between)
/// as IDX bytes.
/// @throws DataError: line, expected, found
std::string idx_from_amat(std::string_view text, const std::string& source);

}  // namespace elbow::data
