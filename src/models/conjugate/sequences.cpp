#include "sequences.h"

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>

#include "elbow/foundations/core/error.h"

namespace elbow {

Sequences without_padding(const Batch& batch) {
  const at::Tensor& x = batch.x;
  if (x.dim() != 3)
    throw DataError("model: hidden_markov needs sequences of steps with columns",
                    "use the data set 'sequences'");
  const at::Tensor lengths = batch.lengths.defined() ? batch.lengths : sequence_lengths(x);
  Sequences out;
  out.most_steps = x.size(1);
  out.offsets.push_back(0);
  for (std::int64_t n = 0; n < x.size(0); ++n)
    out.offsets.push_back(out.offsets.back() + lengths.const_data_ptr<std::int64_t>()[n]);
  out.steps = x.flatten(0, 1).index_select(0, out.padded_rows());
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
