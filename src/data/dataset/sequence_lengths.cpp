#include <ATen/ops/empty.h>

#include <cmath>
#include <string>

#include "elbow/data/dataset/batch.h"
#include "elbow/foundations/core/error.h"

namespace elbow {

namespace {

constexpr char kRemedy[] =
    "fill it in, or cut the sequence there; only whole steps past the end of a sequence are NaN";

/// Steps of one sequence. @param x [T, D]
std::int64_t length_of(const double* x, std::int64_t most_steps, std::int64_t num_features) {
  std::int64_t length = 0;
  bool has_ended = false;
  for (std::int64_t t = 0; t < most_steps; ++t) {
    std::int64_t missing = 0;
    for (std::int64_t d = 0; d < num_features; ++d)
      missing += std::isnan(x[t * num_features + d]) ? 1 : 0;
    const std::string step = "step " + std::to_string(t + 1) + " of a sequence";
    if (missing > 0 && missing < num_features)
      throw DataError("model: " + std::to_string(missing) + " of the " +
                          std::to_string(num_features) + " values at " + step + " are NaN",
                      kRemedy);
    if (missing == 0 && has_ended)
      throw DataError("model: " + step + " is there, but the one before it is missing (NaN)",
                      kRemedy);
    has_ended = missing > 0;
    length += has_ended ? 0 : 1;
  }
  if (length == 0)
    throw DataError("model: a sequence has no steps: all its values are NaN", "leave it out");
  return length;
}

}  // namespace

Tensor sequence_lengths(const Tensor& x) {
  const Tensor whole = x.to(at::kDouble).contiguous();
  const double* values = whole.const_data_ptr<double>();
  Tensor out = at::empty({x.size(0)}, at::kLong);
  std::int64_t* length = out.mutable_data_ptr<std::int64_t>();
  for (std::int64_t n = 0; n < x.size(0); ++n)
    length[n] = length_of(values + n * x.size(1) * x.size(2), x.size(1), x.size(2));
  return out;
}

}  // namespace elbow
