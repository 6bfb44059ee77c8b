#pragma once

#include "element_rows.h"
#include "tile_product.h"

// A tile of rows through a conditioner and the element maps that it gives, and back.
namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// What the conditioner sees: [count, num_inputs].
template <class Real>
void gather_inputs(const ConditionalTile<Real>& tile, Real* out) {
  const ConditionalRows<Real>& job = *tile.job;
  for (std::int64_t row = 0; row < tile.count; ++row) {
    const Real* const x = job.x + (tile.first + row) * job.size;
    for (std::int64_t i = 0; i < job.num_inputs; ++i) *out++ = x[job.inputs[i]];
  }
}

/// Where a layer's offsets are read from: those of each row are first copied to the outputs, whose
/// rows are padded.
template <class Real>
const Real* offsets_of(const ConditionalTile<Real>& tile, std::int64_t index, Real* output) {
  const PackedLayer<Real>& layer = tile.layers[index];
  const ConditionerLayer<Real>& given = tile.job->layers[index];
  if (!given.has_offset_rows) return layer.offset;
  for (std::int64_t row = 0; row < tile.count; ++row) {
    const Real* const from = given.offset + (tile.first + row) * layer.out;
    Real* const to = output + row * layer.padded_out;
    for (std::int64_t i = 0; i < layer.padded_out; ++i) to[i] = i < layer.out ? from[i] : Real(0);
  }
  return output;
}

template <class Real>
void conditional_tile_forward(const ConditionalTile<Real>& tile) {
  const ConditionalRows<Real>& job = *tile.job;
  Real* parts[] = {tile.scratch, tile.scratch + kConditionalTile * tile.widest};
  gather_inputs(tile, parts[1]);
  const Real* seen = parts[1];
  std::int64_t seen_stride = job.num_inputs;
  for (std::int64_t i = 0; i < job.num_layers; ++i) {
    const PackedLayer<Real>& layer = tile.layers[i];
    Real* const output =
        layer.output != nullptr ? layer.output + tile.first * layer.padded_out : parts[i % 2];
    const Real* const offset = offsets_of(tile, i, output);
    const std::int64_t offset_stride = offset == output ? layer.padded_out : 0;
    multiply_tile(TileProduct<Real>{tile.count,
                                    layer.in,
                                    layer.padded_out,
                                    seen,
                                    seen_stride,
                                    1,
                                    layer.forward_weight,
                                    layer.padded_out,
                                    offset,
                                    offset_stride,
                                    output,
                                    layer.padded_out});
    if (i + 1 < job.num_layers) activate(job.activation, output, tile.count * layer.padded_out);
    seen = output;
    seen_stride = layer.padded_out;
  }
  const std::int64_t begin = tile.first * job.size, size = tile.count * job.size;
  for (std::int64_t i = 0; i < size; ++i) job.y[begin + i] = job.x[begin + i];
  elements_forward(tile, seen, seen_stride);
}

/// Adds the tile's part of a layer's gradients. @param grad [count, padded_out] of its outputs
template <class Real>
void add_layer_gradients(const ConditionalTile<Real>& tile,
                         std::int64_t index,
                         const Real* seen,
                         std::int64_t seen_stride,
                         const Real* grad,
                         Real* sums) {
  const PackedLayer<Real>& layer = tile.layers[index];
  const ConditionerLayer<Real>& given = tile.job->layers[index];
  const std::int64_t width = layer.padded_out;
  if (given.weight_gradient != nullptr)
    multiply_tile(TileProduct<Real>{
        layer.in, tile.count, width, seen, 1, seen_stride, grad, width, sums, width, sums, width});
  if (given.offset_gradient == nullptr) return;
  Real* const offset = sums + layer.in * width;
  for (std::int64_t row = 0; row < tile.count; ++row) {
    const Real* const from = grad + row * width;
    if (given.has_offset_rows) {
      Real* const to = given.offset_gradient + (tile.first + row) * layer.out;
      for (std::int64_t i = 0; i < layer.out; ++i) to[i] = from[i];
    } else {
      for (std::int64_t i = 0; i < width; ++i) offset[i] += from[i];
    }
  }
}

/// Through the layers from the last to the first. @param grad [count, padded_out] of the last
/// layer's outputs @param spare as large @return [count, padded_in] of the inputs
template <class Real>
const Real* layers_backward(const ConditionalTile<Real>& tile,
                            const Real* inputs,
                            Real* grad,
                            Real* spare) {
  const ConditionalRows<Real>& job = *tile.job;
  Real* sums = tile.gradients + tile.gradient_size;
  for (std::int64_t i = job.num_layers; i-- > 0;) {
    const PackedLayer<Real>& layer = tile.layers[i];
    sums -= (layer.in + 1) * layer.padded_out;
    const Real* const seen =
        i > 0 ? tile.layers[i - 1].output + tile.first * layer.padded_in : inputs;
    const std::int64_t seen_stride = i > 0 ? layer.padded_in : layer.in;
    add_layer_gradients(tile, i, seen, seen_stride, grad, sums);
    if (i == 0 && job.grad_x == nullptr) return nullptr;
    multiply_tile(TileProduct<Real>{tile.count,
                                    layer.out,
                                    layer.padded_in,
                                    grad,
                                    layer.padded_out,
                                    1,
                                    layer.backward_weight,
                                    layer.padded_in,
                                    nullptr,
                                    0,
                                    spare,
                                    layer.padded_in});
    if (i > 0) times_activation_slope(job.activation, seen, spare, tile.count * layer.padded_in);
    Real* const done = grad;
    grad = spare;
    spare = done;
  }
  return grad;
}

template <class Real>
void conditional_tile_backward(const ConditionalTile<Real>& tile) {
  const ConditionalRows<Real>& job = *tile.job;
  const std::int64_t part = kConditionalTile * tile.widest;
  Real *const inputs = tile.scratch, *const grad = inputs + part, *const spare = grad + part;
  const PackedLayer<Real>& last = tile.layers[job.num_layers - 1];
  gather_inputs(tile, inputs);
  for (std::int64_t i = 0; i < tile.count * last.padded_out; ++i) grad[i] = 0;
  if (job.grad_x != nullptr) {
    const std::int64_t begin = tile.first * job.size, size = tile.count * job.size;
    for (std::int64_t i = begin; i < begin + size; ++i)
      job.grad_x[i] = job.grad_y != nullptr ? job.grad_y[i] : Real(0);
  }
  elements_backward(tile, last.output + tile.first * last.padded_out, last.padded_out, grad);
  const Real* from = layers_backward(tile, inputs, grad, spare);
  if (from == nullptr) return;
  const std::int64_t stride = tile.layers[0].padded_in;
  for (std::int64_t row = 0; row < tile.count; ++row, from += stride) {
    Real* const to = job.grad_x + (tile.first + row) * job.size;
    for (std::int64_t i = 0; i < job.num_inputs; ++i) to[job.inputs[i]] += from[i];
  }
}

template <class Real>
constexpr ConditionalKernels<Real> kConditional{
    kLanesOf<Real>, &conditional_tile_forward<Real>, &conditional_tile_backward<Real>};

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
