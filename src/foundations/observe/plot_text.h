#pragma once

#include <cstddef>
#include <string>

namespace elbow::plot {

/// About the mean width of a 12-pixel character, in pixels.
constexpr double kCharacter = 6.8;
/// About the width of a 12-pixel text in pixels; wide scripts take two Latin characters.
double text_width(const std::string& text);
/// At most `most` characters of well-formed UTF-8, the last one an ellipsis where it was cut.
std::string shortened(const std::string& raw, std::size_t most);

}  // namespace elbow::plot
