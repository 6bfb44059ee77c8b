#include "conv_passes.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>

#include <vector>

#include "conv_chunk_passes.h"

namespace elbow {
namespace {

using at::Tensor;

/// The groups' sums in order, from [groups, k * k, C, width] to [D, C, k * k].
template <typename T>
void sum_groups(const ConvGeometry& g, std::int64_t width, const Tensor& weights, T* to) {
  const std::int64_t area = g.kernel * g.kernel;
  T* const sums = weights.mutable_data_ptr<T>();
  at::parallel_for(0, g.patch_size(), 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      T* const sum = sums + row * width;
      for (std::int64_t group = 1; group < weights.size(0); ++group) {
        const T* from = sum + group * weights.size(1);
        for (std::int64_t j = 0; j < width; ++j) sum[j] += from[j];
      }
      T* const column = to + row % g.channels * area + row / g.channels;
      for (std::int64_t d = 0; d < g.small_channels; ++d) column[d * g.patch_size()] = sum[d];
    }
  });
}

template <typename T>
ConvGradients differentiate(const ConvPlan& plan,
                            const Tensor& input,
                            const Tensor& weight,
                            const Tensor& output,
                            const Tensor& gradient,
                            bool needs_input) {
  const ConvPasses<T> passes(plan, input, weight);
  const std::int64_t width = passes.sum_width();
  const Tensor weights = at::zeros({passes.num_groups(), plan.geometry.patch_size() * width},
                                   passes.options()),
               biases = at::zeros({passes.num_groups(), plan.output_channels()}, passes.options());
  ConvGradients result;
  if (needs_input) result.input = at::empty_like(input);
  passes.backward(output, gradient, result.input, weights, biases);
  result.weight = at::empty(weight.sizes(), passes.options());
  sum_groups<T>(plan.geometry, width, weights, result.weight.mutable_data_ptr<T>());
  result.bias = biases.sum(0);
  return result;
}

}  // namespace

Tensor convolve_patches(const ConvPlan& plan,
                        const Tensor& input,
                        const Tensor& weight,
                        const Tensor& bias,
                        at::MemoryFormat format) {
  const ConvGeometry& g = plan.geometry;
  const std::vector<std::int64_t> sizes = {input.size(0),
                                           plan.output_channels(),
                                           plan.is_transposed ? g.height : g.small_height,
                                           plan.is_transposed ? g.width : g.small_width};
  Tensor output = at::empty(sizes, weight.options().requires_grad(false).memory_format(format));
  if (input.scalar_type() == at::kDouble)
    ConvPasses<double>(plan, input, weight).forward(bias, output);
  else
    ConvPasses<float>(plan, input, weight).forward(bias, output);
  return output;
}

ConvGradients differentiate_patches(const ConvPlan& plan,
                                    const Tensor& input,
                                    const Tensor& weight,
                                    const Tensor& output,
                                    const Tensor& gradient,
                                    bool needs_input) {
  return input.scalar_type() == at::kDouble
             ? differentiate<double>(plan, input, weight, output, gradient, needs_input)
             : differentiate<float>(plan, input, weight, output, gradient, needs_input);
}

}  // namespace elbow
