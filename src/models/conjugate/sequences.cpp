#include "sequences.h"

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>

#include <cmath>
#include <string>

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

Sequences without_padding(const at::Tensor& x) {
  if (x.dim() != 3)
    throw DataError("model: hidden_markov needs sequences of steps with columns",
                    "use the data set 'sequences'");
  const at::Tensor whole = x.contiguous();
  const double* values = whole.const_data_ptr<double>();
  Sequences out;
  out.most_steps = x.size(1);
  out.offsets.push_back(0);
  for (std::int64_t n = 0; n < x.size(0); ++n) {
    const double* sequence = values + n * x.size(1) * x.size(2);
    out.offsets.push_back(out.offsets.back() + length_of(sequence, x.size(1), x.size(2)));
  }
  out.steps = whole.flatten(0, 1).index_select(0, out.padded_rows());
  return out;
}

at::Tensor Sequences::padded_rows() const {
  std::vector<std::int64_t> rows;
  for (std::int64_t n = 0; n < count(); ++n)
    for (std::int64_t t = 0; t < length(n); ++t) rows.push_back(n * most_steps + t);
  return at::tensor(rows, at::kLong);
}

at::Tensor Sequences::padded(const at::Tensor& values, double past_end) const {
  at::Tensor out = at::full({count() * most_steps, values.size(1)}, past_end, values.options());
  return out.index_copy(0, padded_rows(), values).view({count(), most_steps, values.size(1)});
}

}  // namespace elbow
