#pragma once

#include <string>

namespace elbow::plot {

constexpr int kNumColours = 6;

/// The style sheet of one plot; every class begins with `scope`, so that plots of one page do not
/// share rules.
/// @param is_file a file of its own: light colours only, since it brings its own white card
std::string style_sheet(const std::string& scope, bool is_file);

}  // namespace elbow::plot
