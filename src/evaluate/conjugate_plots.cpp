#include "conjugate_plots.h"

#include <cstdio>

namespace elbow::conjugate_plots {

std::string axis_text(const std::string& column, const DataRange& range) {
  char text[80];
  std::snprintf(text, sizeof text, " from %.3g to %.3g", range.low, range.high);
  return column + text;
}

}  // namespace elbow::conjugate_plots
