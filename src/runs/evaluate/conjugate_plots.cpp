#include "conjugate_plots.h"

#include <cstdio>

namespace elbow::conjugate_plots {

std::string axis_text(const Axes& axes, std::size_t d, const DataRange& range) {
  char text[80];
  std::snprintf(text,
                sizeof text,
                " from %.3g to %.3g",
                axes.units.in_file(range.low, d),
                axes.units.in_file(range.high, d));
  return axes.names.at(d) + text;
}

}  // namespace elbow::conjugate_plots
