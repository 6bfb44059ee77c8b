#pragma once

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <utility>

#include "conv_passes.h"
#include "conv_schedule.h"
#include "elbow/kernels/conv_products.h"

namespace elbow {

inline std::int64_t divided(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

inline bool has_channels_last(const at::Tensor& images) {
  return images.is_contiguous(at::MemoryFormat::ChannelsLast);
}

/// A thread's memory for one chunk.
template <typename T>
struct ConvRoom {
  T *padded, *patches, *panel, *input, *output, *masked;
};

/// The two passes of one layer, a chunk of images at a time, each in a thread's own memory.
template <typename T>
class ConvPasses {
 public:
  ConvPasses(const ConvPlan& plan, const at::Tensor& input, const at::Tensor& weight)
      : plan_(plan),
        g_(plan.geometry),
        options_(weight.options().requires_grad(false)),
        schedule_(g_, input.size(0), sizeof(T)),
        offsets_(g_, schedule_.chunk_size()),
        input_(input),
        weight_(weight.const_data_ptr<T>()),
        panel_(kernels::panel_width(T())) {
    workspace_ = at::empty({at::get_num_threads(), room_size()}, options_);
  }

  std::int64_t num_groups() const { return schedule_.num_groups(); }
  /// The weight's gradient of one group: [k, k, C, D], D rounded up to whole panels.
  std::int64_t sum_width() const { return divided(g_.small_channels, panel_) * panel_; }
  const at::TensorOptions& options() const { return options_; }

  void forward(const at::Tensor& bias, const at::Tensor& output) const {
    const T* offsets = bias.defined() ? bias.const_data_ptr<T>() : nullptr;
    const at::Tensor right = plan_.is_transposed ? packed_up() : packed_down();
    schedule_.run([&](std::int64_t, ImageChunk chunk, std::int64_t thread) {
      const ConvRoom<T> room = room_of(thread);
      if (plan_.is_transposed) {
        up(chunk, small_rows(input_, chunk, room.input), right, room);
        crop(chunk, offsets, output, room);
      } else {
        pad_images(g_, chunk.count, constant(large(input_, chunk)), room.padded);
        down(chunk, right, offsets, plan_.has_relu, output, room);
      }
    });
  }

  /// @param gradient       in the output's format when there is a ReLU
  /// @param input_gradient undefined when not wanted
  /// @param weights        [groups, k, k, C, sum_width], zero, added to
  /// @param biases         [groups, output channels], zero, added to
  void backward(const at::Tensor& output,
                const at::Tensor& gradient,
                const at::Tensor& input_gradient,
                const at::Tensor& weights,
                const at::Tensor& biases) const {
    at::Tensor right;
    if (input_gradient.defined()) right = plan_.is_transposed ? packed_down() : packed_up();
    schedule_.run([&](std::int64_t group, ImageChunk chunk, std::int64_t thread) {
      const ConvRoom<T> room = room_of(thread);
      const T* slope = masked_rows(output, gradient, chunk, room);
      const std::int64_t channels = gradient.size(1);
      kernels::add_columns({chunk.count * gradient.size(2) * gradient.size(3),
                            channels,
                            slope,
                            biases.mutable_data_ptr<T>() + group * channels});
      const LargeImages<const T> wide =
          plan_.is_transposed ? LargeImages<const T>{slope, true} : constant(large(input_, chunk));
      pad_images(g_, chunk.count, wide, room.padded);
      add_weight_gradient(chunk,
                          plan_.is_transposed ? small_rows(input_, chunk, room.input) : slope,
                          weights.mutable_data_ptr<T>() + group * weights.size(1),
                          room);
      if (!input_gradient.defined()) return;
      if (plan_.is_transposed) {
        down(chunk, right, /*bias=*/nullptr, /*has_relu=*/false, input_gradient, room);
      } else {
        up(chunk, slope, right, room);
        crop_images<T>(g_, chunk.count, room.padded, nullptr, large(input_gradient, chunk));
      }
    });
  }

 private:
  /// Sizes of the parts of a room, each a multiple of a cache line.
  std::int64_t room_size() const { return room_of_memory(nullptr).second; }
  ConvRoom<T> room_of(std::int64_t thread) const {
    return room_of_memory(workspace_.mutable_data_ptr<T>() + thread * workspace_.size(1)).first;
  }
  std::pair<ConvRoom<T>, std::int64_t> room_of_memory(T* memory) const {
    std::int64_t used = 0;
    const std::int64_t count = schedule_.chunk_size();
    const auto take = [&](std::int64_t size) {
      T* const part = memory ? memory + used : nullptr;
      used += divided(size, 16) * 16;
      return part;
    };
    const std::int64_t image = count * std::max(g_.large_size(), g_.small_size());
    ConvRoom<T> room{};
    room.padded = take(count * g_.padded_size());
    room.patches = take(count * g_.positions() * g_.patch_size());
    room.panel = take(count * g_.positions() * panel_);
    room.input = take(image);
    room.output = take(image);
    room.masked = take(image);
    return {room, used};
  }

  static T* first_of(const at::Tensor& images, ImageChunk chunk) {
    return images.mutable_data_ptr<T>() +
           chunk.begin * images.size(1) * images.size(2) * images.size(3);
  }
  static LargeImages<T> large(const at::Tensor& images, ImageChunk chunk) {
    return {first_of(images, chunk), has_channels_last(images)};
  }
  static LargeImages<const T> constant(LargeImages<T> images) {
    return {images.data, images.is_channels_last};
  }
  /// The chunk's images with channels last, in `buffer` when they are not yet.
  static const T* small_rows(const at::Tensor& images, ImageChunk chunk, T* buffer) {
    const T* from = first_of(images, chunk);
    return has_channels_last(images) ? from : rows_of(images, chunk, from, buffer);
  }
  static const T* rows_of(const at::Tensor& images, ImageChunk chunk, const T* from, T* buffer) {
    transpose_matrices(chunk.count, images.size(1), images.size(2) * images.size(3), from, buffer);
    return buffer;
  }

  /// The gradient before the ReLU with channels last; like LibTorch's, not zero where it is NaN.
  const T* masked_rows(const at::Tensor& output,
                       const at::Tensor& gradient,
                       ImageChunk chunk,
                       const ConvRoom<T>& room) const {
    const T* slope = first_of(gradient, chunk);
    if (plan_.has_relu) {
      const T* values = first_of(output, chunk);
      const std::int64_t size =
          chunk.count * gradient.size(1) * gradient.size(2) * gradient.size(3);
      kernels::mask_slope({size, values, slope, room.masked});
      slope = room.masked;
    }
    return has_channels_last(gradient) ? slope : rows_of(gradient, chunk, slope, room.output);
  }
  /// The weight [D, k k C] as right factor of patches, and of small images.
  at::Tensor packed_down() const { return packed(g_.patch_size(), g_.small_channels, true); }
  at::Tensor packed_up() const { return packed(g_.small_channels, g_.patch_size(), false); }
  at::Tensor packed(std::int64_t rows, std::int64_t columns, bool is_down) const {
    at::Tensor right = at::empty({rows, divided(columns, panel_) * panel_}, options_);
    kernels::pack_columns<T>(rows,
                             columns,
                             weight_,
                             is_down ? 1 : g_.patch_size(),
                             is_down ? g_.patch_size() : 1,
                             right.mutable_data_ptr<T>());
    return right;
  }

  /// small = relu(patches of room.padded times W^T + bias)
  void down(ImageChunk chunk,
            const at::Tensor& right,
            const T* bias,
            bool has_relu,
            const at::Tensor& small,
            const ConvRoom<T>& room) const {
    T* const to = first_of(small, chunk);
    T* const rows = has_channels_last(small) ? to : room.output;
    kernels::multiply_rows({chunk.count * g_.positions(),
                            g_.kernel,
                            g_.kernel * g_.channels,
                            g_.padded_row(),
                            g_.small_channels,
                            room.padded,
                            offsets_.rows.data(),
                            right.const_data_ptr<T>(),
                            bias,
                            has_relu,
                            rows});
    if (rows != to) transpose_matrices(chunk.count, g_.positions(), g_.small_channels, rows, to);
  }
  /// room.padded = the patches small W, added up
  void up(ImageChunk chunk,
          const T* small,
          const at::Tensor& right,
          const ConvRoom<T>& room) const {
    kernels::multiply_rows({chunk.count * g_.positions(),
                            /*num_segments=*/1,
                            g_.small_channels,
                            /*segment_stride=*/0,
                            g_.patch_size(),
                            small,
                            offsets_.small_rows.data(),
                            right.const_data_ptr<T>(),
                            /*bias=*/nullptr,
                            /*has_relu=*/false,
                            room.patches});
    add_patches(g_, chunk.count, room.patches, room.padded);
  }
  /// large = relu(the inside of room.padded + bias)
  void crop(ImageChunk chunk,
            const T* bias,
            const at::Tensor& images,
            const ConvRoom<T>& room) const {
    LargeImages<T> to = large(images, chunk);
    T* const result = to.data;
    if (plan_.has_relu) to.data = room.masked;
    crop_images(g_, chunk.count, room.padded, bias, to);
    if (plan_.has_relu)
      kernels::mask_slope({chunk.count * g_.large_size(), to.data, to.data, result});
  }
  /// sum += (patches of room.padded)^T small
  void add_weight_gradient(ImageChunk chunk,
                           const T* small,
                           T* sum,
                           const ConvRoom<T>& room) const {
    kernels::add_products({chunk.count * g_.positions(),
                           g_.patch_size(),
                           g_.small_channels,
                           room.padded,
                           offsets_.rows.data(),
                           offsets_.columns.data(),
                           small,
                           room.panel,
                           sum});
  }

  ConvPlan plan_;
  ConvGeometry g_;
  at::TensorOptions options_;
  ConvSchedule schedule_;
  PatchOffsets offsets_;
  at::Tensor input_;
  const T* weight_;
  std::int64_t panel_;
  at::Tensor workspace_;
};

}  // namespace elbow
