#pragma once

#include <vector>

#include "elbow/foundations/observe/png.h"

namespace elbow {

/// A grid of densities as colours, one pixel a value: from dark violet at 0 to light yellow at the
/// largest finite value. Equal steps of density are equal steps of lightness, so that order and
/// distance are seen right, in grey print too. Values that are not finite become white, those below
/// 0 the darkest colour.
/// @param values [height * width], row by row, the top row first
/// @throws std::invalid_argument when the sizes do not fit
Picture density_picture(const std::vector<float>& values, int width, int height);

/// Two densities of the same grid side by side, with a gutter of 2 pixels, on one scale: the
/// brightest colour is the largest value of both. Their normalisation must be the same.
Picture density_pair(const std::vector<float>& left,
                     const std::vector<float>& right,
                     int width,
                     int height);

}  // namespace elbow
