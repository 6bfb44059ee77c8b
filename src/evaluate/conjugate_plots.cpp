#include "conjugate_plots.h"

#include <cstdio>

namespace elbow::conjugate_plots {

std::vector<double> numbers(const Tensor& values) {
  const Tensor flat = values.to(at::kDouble).contiguous();
  const double* first = flat.const_data_ptr<double>();
  return {first, first + flat.numel()};
}

std::string axis_text(const std::string& column, const DataRange& range) {
  char text[80];
  std::snprintf(text, sizeof text, " from %.3g to %.3g", range.low, range.high);
  return column + text;
}

}  // namespace elbow::conjugate_plots
