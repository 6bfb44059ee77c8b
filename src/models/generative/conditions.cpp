#include "elbow/models/generative/conditions.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>

#include <stdexcept>

#include "elbow/foundations/core/error.h"

namespace elbow {

std::int64_t condition_size(const std::string& name, const DataContext& data) {
  if (name == kLabel) return data.num_classes;
  if (name == kCovariates) return data.num_covariates;
  return name == kLibrarySize ? 1 : 0;
}

Tensor one_hot_labels(const Tensor& labels,
                      std::int64_t num_classes,
                      const at::TensorOptions& options) {
  // By comparing: at::one_hot looks at the values first, which waits for the device.
  const Tensor classes = at::arange(num_classes, options.dtype(at::kLong));
  return (labels.to(options.device()).unsqueeze(-1) == classes).to(options.dtype());
}

Tensor condition_of(const std::string& name,
                    const Batch& batch,
                    std::int64_t size,
                    const at::TensorOptions& options) {
  if (name == kLibrarySize) {
    // An example without any count has a size too.
    const Tensor totals =
        batch.library_size.defined() ? batch.library_size.to(options) : batch.x.flatten(1).sum(-1);
    return totals.clamp_min(1).log().unsqueeze(-1);
  }
  if (!is_condition(name)) throw std::logic_error("'" + name + "' is no condition");
  if (name == kCovariates) {
    if (!batch.covariates.defined())
      throw DataError("the examples come without the covariates that the model is given",
                      "give them: data.covariates");
    return batch.covariates.to(options);
  }
  if (!batch.labels.defined())
    throw DataError("the examples come without labels, but the model is given the label of each",
                    "a table needs the label's column, images a file of labels beside them: "
                    "mine-labels-idx1-ubyte beside mine-images-idx3-ubyte");
  return one_hot_labels(batch.labels, size, options);
}

Batch conditions_in_turn(std::int64_t num_classes, std::int64_t begin, std::int64_t count) {
  Batch out;
  if (num_classes > 0) out.labels = at::arange(begin, begin + count, at::kLong) % num_classes;
  return out;
}

Tensor joined_inputs(const std::vector<Tensor>& inputs) {
  constexpr std::int64_t kDrawn = 3;
  Tensor drawn;
  for (const Tensor& input : inputs)
    if (input.dim() == kDrawn) drawn = input;
  if (inputs.size() == 1) return inputs.front();
  std::vector<Tensor> out;
  if (!drawn.defined()) {
    // What is one for all, such as the mean of covariates, stands beside what each has.
    Tensor longest = inputs.front();
    for (const Tensor& input : inputs)
      if (longest.size(0) == 1) longest = input;
    for (const Tensor& input : inputs)
      out.push_back(
          input.expand_as(longest.select(-1, 0).unsqueeze(-1).expand({-1, input.size(-1)})));
    return at::cat(out, -1);
  }
  // Particles and examples are read off a draw by operations, so that a trace freezes neither
  // number.
  for (const Tensor& input : inputs) {
    if (input.dim() == kDrawn) {
      out.push_back(input);
      continue;
    }
    const Tensor one = drawn.select(-1, 0).unsqueeze(-1);
    out.push_back(input.unsqueeze(0).expand_as(one.expand({-1, -1, input.size(-1)})));
  }
  return at::cat(out, -1);
}

}  // namespace elbow
