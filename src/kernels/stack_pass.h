#pragma once

#include "stack_block.h"
#include "stack_householder.h"
#include "stack_planar.h"
#include "stack_radial.h"
#include "stack_rows.h"
#include "stack_sylvester.h"

// The loops over rows, layers and particles, for any kind of layer.
namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// Where a block keeps what a layer saves: nowhere but in the scratch without a backward pass.
template <class Real, class Layer>
struct SavedRows {
  SavedRows(
      Real* saved, bool is_kept, const StackLayout& layout, const StackShape& shape, Real* spare)
      : size(Layer::num_saved(shape) * layout.block_rows),
        layout_(layout),
        first_(is_kept ? saved + layout.saved_ready : spare),
        is_kept_(is_kept) {}
  ELBOW_INLINE Real* at(std::int64_t block, std::int64_t index) const {
    return is_kept_ ? first_ + block * layout_.saved_block + index * size : first_;
  }
  std::int64_t size;

 private:
  const StackLayout& layout_;
  Real* first_;
  bool is_kept_;
};

template <class Real, class Layer, int kSize>
void forward_shared(const StackForward<Real>& pass,
                    std::int64_t begin,
                    std::int64_t end,
                    Real* scratch) {
  constexpr int kVectors = kStackVectors<true>, kSide = kLanesOf<Real>;
  const StackShape& shape = pass.shape;
  const StackLayout layout = stack_layout<Real, Layer>(shape);
  const std::int64_t size = kSize > 0 ? kSize : shape.size;
  Real* const z = scratch;
  Real* const temporary = z + size * layout.block_rows;
  const SavedRows<Real, Layer> saved(pass.saved,
                                     pass.keeps,
                                     layout,
                                     shape,
                                     temporary + Layer::num_temporary(shape) * layout.block_rows);
  for (std::int64_t b = begin; b < end; ++b) {
    const StackBlock<Real, true> block(shape, b);
    block.load(pass.x + block.first * size, size, z);
    LogDeterminant<Real, kVectors> log_det;
    log_det.clear();
    for (std::int64_t k = 0; k < shape.num_layers; ++k)
      Layer::template forward<SharedReady<Real>, kVectors, kSize>(
          {pass.saved + k * layout.num_ready}, shape, z, log_det, saved.at(b, k), temporary);
    block.store(z, size, pass.y + block.first * size);
    for (int v = 0; v < kVectors; ++v)
      store_rows<Real>(
          pass.log_det + block.first + v * kSide, log_det.sum[v], block.count - v * kSide);
  }
}

template <class Real, class Layer, int kSize>
void backward_shared(const StackBackward<Real>& pass,
                     std::int64_t begin,
                     std::int64_t end,
                     Real* scratch,
                     Real* partial) {
  constexpr int kVectors = kStackVectors<true>, kSide = kLanesOf<Real>;
  const StackShape& shape = pass.shape;
  const StackLayout layout = stack_layout<Real, Layer>(shape);
  const std::int64_t size = kSize > 0 ? kSize : shape.size;
  Real* const z = scratch;
  Real* const grad_z = z + size * layout.block_rows;
  Real* const grad_log_det = grad_z + size * layout.block_rows;
  Real* const grads = grad_log_det + layout.block_rows;
  const std::int64_t num_grads = shape.num_layers * layout.num_ready;
  Real* const temporary = grads + num_grads * kSide;
  for (std::int64_t i = 0; i < num_grads * kSide; ++i) grads[i] = Real(0);
  const Real* const saved = pass.saved + layout.saved_ready;
  for (std::int64_t b = begin; b < end; ++b) {
    const StackBlock<Real, true> block(shape, b);
    block.load(pass.y + block.first * size, size, z);
    block.load_gradient(pass.grad_y, block.first * size, size, grad_z);
    block.load_gradient(pass.grad_log_det, block.first, 1, grad_log_det);
    for (std::int64_t k = shape.num_layers; k-- > 0;)
      Layer::template backward<SharedReady<Real>, kVectors, kSize>(
          {pass.saved + k * layout.num_ready},
          shape,
          z,
          grad_z,
          grad_log_det,
          saved + b * layout.saved_block + k * Layer::num_saved(shape) * layout.block_rows,
          grads + k * layout.num_ready * kSide,
          temporary);
    block.store(grad_z, size, pass.grad_x + block.first * size);
  }
  for (std::int64_t i = 0; i < num_grads; ++i)
    partial[i] = sum_of_lanes_of<Real>(load_of<Real>(grads + i * kSide));
}

template <class Real, class Layer>
void forward_rows(const StackForward<Real>& pass,
                  std::int64_t begin,
                  std::int64_t end,
                  Real* scratch) {
  const StackShape& shape = pass.shape;
  const StackLayout layout = stack_layout<Real, Layer>(shape);
  const std::int64_t size = shape.size, particles = shape.num_particles;
  const std::int64_t num_raw = Layer::num_raw(shape), rows = layout.block_rows;
  Real* const z = scratch;
  auto* const log_dets = z + particles * size * rows;
  Real* const raw = log_dets + particles * 2 * rows;
  Real* const ready = raw + num_raw * rows;
  Real* const temporary = ready + layout.num_ready * rows;
  const SavedRows<Real, Layer> saved(
      pass.saved, pass.keeps, layout, shape, temporary + Layer::num_temporary(shape) * rows);
  for (std::int64_t b = begin; b < end; ++b) {
    const StackBlock<Real, false> block(shape, b);
    for (std::int64_t s = 0; s < particles; ++s) {
      block.load(pass.x + (s * shape.num_rows + block.first) * size, size, z + s * size * rows);
      LogDeterminant<Real, 1> log_det;
      log_det.clear();
      log_det.store(log_dets + s * 2 * rows);
    }
    for (std::int64_t k = 0; k < shape.num_layers; ++k) {
      const std::int64_t stride = pass.parameters_stride;
      const Real* const parameters = pass.parameters + block.first * stride + k * num_raw;
      load_columns<Real>(parameters, stride, block.count, num_raw, 1, raw);
      Layer::constrain(raw, ready, shape);
      Layer::plan_layer(ready, rows, k, shape);
      for (std::int64_t s = 0; s < particles; ++s) {
        LogDeterminant<Real, 1> log_det;
        log_det.load(log_dets + s * 2 * rows);
        Layer::template forward<RowReady<Real>, 1, 0>({ready},
                                                      shape,
                                                      z + s * size * rows,
                                                      log_det,
                                                      saved.at(b, k * particles + s),
                                                      temporary);
        log_det.store(log_dets + s * 2 * rows);
      }
    }
    for (std::int64_t s = 0; s < particles; ++s) {
      const std::int64_t first = s * shape.num_rows + block.first;
      block.store(z + s * size * rows, size, pass.y + first * size);
      store_rows<Real>(pass.log_det + first, load_of<Real>(log_dets + s * 2 * rows), block.count);
    }
  }
}

template <class Real, class Layer>
void backward_rows(const StackBackward<Real>& pass,
                   std::int64_t begin,
                   std::int64_t end,
                   Real* scratch) {
  const StackShape& shape = pass.shape;
  const StackLayout layout = stack_layout<Real, Layer>(shape);
  const std::int64_t size = shape.size, particles = shape.num_particles;
  const std::int64_t num_raw = Layer::num_raw(shape), rows = layout.block_rows;
  Real* const z = scratch;
  Real* const grad_z = z + particles * size * rows;
  Real* const grad_log_det = grad_z + particles * size * rows;
  Real* const raw = grad_log_det + particles * rows;
  Real* const ready = raw + num_raw * rows;
  Real* const grads = ready + layout.num_ready * rows;
  Real* const out = grads + layout.num_ready * rows;
  Real* const temporary = out + num_raw * rows;
  for (std::int64_t b = begin; b < end; ++b) {
    const StackBlock<Real, false> block(shape, b);
    for (std::int64_t s = 0; s < particles; ++s) {
      const std::int64_t first = s * shape.num_rows + block.first;
      block.load(pass.y + first * size, size, z + s * size * rows);
      block.load_gradient(pass.grad_y, first * size, size, grad_z + s * size * rows);
      block.load_gradient(pass.grad_log_det, first, 1, grad_log_det + s * rows);
    }
    for (std::int64_t k = shape.num_layers; k-- > 0;) {
      const std::int64_t stride = pass.parameters_stride;
      const Real* const parameters = pass.parameters + block.first * stride + k * num_raw;
      load_columns<Real>(parameters, stride, block.count, num_raw, 1, raw);
      Layer::constrain(raw, ready, shape);
      Layer::plan_layer(ready, rows, k, shape);
      for (std::int64_t i = 0; i < layout.num_ready * rows; ++i) grads[i] = Real(0);
      const Real* const saved =
          pass.saved + b * layout.saved_block + k * particles * Layer::num_saved(shape) * rows;
      for (std::int64_t s = 0; s < particles; ++s)
        Layer::template backward<RowReady<Real>, 1, 0>({ready},
                                                       shape,
                                                       z + s * size * rows,
                                                       grad_z + s * size * rows,
                                                       grad_log_det + s * rows,
                                                       saved + s * Layer::num_saved(shape) * rows,
                                                       grads,
                                                       temporary);
      Layer::constrain_backward(raw, grads, out, shape);
      const std::int64_t all = shape.num_layers * num_raw;
      store_columns<Real>(out,
                          1,
                          block.count,
                          num_raw,
                          all,
                          pass.grad_parameters + block.first * all + k * num_raw);
    }
    for (std::int64_t s = 0; s < particles; ++s)
      block.store(
          grad_z + s * size * rows, size, pass.grad_x + (s * shape.num_rows + block.first) * size);
  }
}

template <class Real, class Layer>
void stack_forward(const StackForward<Real>& pass,
                   std::int64_t begin,
                   std::int64_t end,
                   Real* scratch) {
  if (!pass.shape.is_shared) return forward_rows<Real, Layer>(pass, begin, end, scratch);
  if constexpr (Layer::kHasPlanes)
    if (pass.shape.size == 2) return forward_shared<Real, Layer, 2>(pass, begin, end, scratch);
  forward_shared<Real, Layer, 0>(pass, begin, end, scratch);
}

template <class Real, class Layer>
void stack_backward(const StackBackward<Real>& pass,
                    std::int64_t begin,
                    std::int64_t end,
                    Real* scratch,
                    Real* partial) {
  if (!pass.shape.is_shared) return backward_rows<Real, Layer>(pass, begin, end, scratch);
  if constexpr (Layer::kHasPlanes)
    if (pass.shape.size == 2)
      return backward_shared<Real, Layer, 2>(pass, begin, end, scratch, partial);
  backward_shared<Real, Layer, 0>(pass, begin, end, scratch, partial);
}

template <class Real, class Layer>
constexpr StackKernels<Real> kStack{&stack_layout<Real, Layer>,
                                    &stack_prepare<Real, Layer>,
                                    &stack_forward<Real, Layer>,
                                    &stack_backward<Real, Layer>,
                                    &stack_finish<Real, Layer>};

template <class Real>
constexpr FlowKernels<Real> kFlows{kStack<Real, PlanarLayer<Real>>,
                                   kStack<Real, RadialLayer<Real>>,
                                   kStack<Real, HouseholderLayer<Real>>,
                                   kStack<Real, SylvesterLayer<Real>>};

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
