#pragma once

namespace elbow {

inline constexpr double kHalfLog2Pi = 0.91893853320467274178;  ///< log(2 pi) / 2

}  // namespace elbow
