#pragma once

#include <string>
#include <vector>

namespace elbow {

/// Pictures of one size as one PNG that shows them in turn, for ever; a viewer that does not know
/// animations shows the first. PNG Specification, third edition, W3C, 2025, section 11.3.4.
/// @param pngs files as encode_png writes them, at least one @param seconds each is shown
/// @throws std::invalid_argument where the sizes or kinds differ
std::string animated_png(const std::vector<std::string>& pngs, double seconds);

}  // namespace elbow
