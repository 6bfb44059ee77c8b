#include "conv_patches.h"

#include <algorithm>

namespace elbow {
namespace {

/// Distances in memory between neighbours in one image.
struct ImageStrides {
  ImageStrides(const ConvGeometry& g, bool is_channels_last)
      : row(is_channels_last ? g.width * g.channels : g.width),
        pixel(is_channels_last ? g.channels : 1),
        channel(is_channels_last ? 1 : g.height * g.width) {}

  std::int64_t row, pixel, channel;
};

std::int64_t inside(const ConvGeometry& g, std::int64_t y) {
  return (y + g.padding) * g.padded_row() + g.padding * g.channels;
}

}  // namespace

template <typename T>
void pad_images(const ConvGeometry& geometry,
                std::int64_t count,
                LargeImages<const T> from,
                T* to) {
  const std::int64_t channels = geometry.channels, width = geometry.width;
  const ImageStrides strides(geometry, from.is_channels_last);
  std::fill(to, to + count * geometry.padded_size(), T(0));
  for (std::int64_t i = 0; i < count; ++i, to += geometry.padded_size())
    for (std::int64_t y = 0; y < geometry.height; ++y) {
      const T* row = from.data + i * geometry.large_size() + y * strides.row;
      T* target = to + inside(geometry, y);
      if (strides.channel == 1 || channels == 1) {
        std::copy(row, row + width * channels, target);
        continue;
      }
      for (std::int64_t c = 0; c < channels; ++c)
        for (std::int64_t x = 0; x < width; ++x)
          target[x * channels + c] = row[c * strides.channel + x];
    }
}

template <typename T>
void crop_images(const ConvGeometry& geometry,
                 std::int64_t count,
                 const T* from,
                 const T* bias,
                 LargeImages<T> to) {
  const std::int64_t channels = geometry.channels, width = geometry.width;
  const ImageStrides strides(geometry, to.is_channels_last);
  for (std::int64_t i = 0; i < count; ++i, from += geometry.padded_size())
    for (std::int64_t y = 0; y < geometry.height; ++y) {
      const T* source = from + inside(geometry, y);
      T* row = to.data + i * geometry.large_size() + y * strides.row;
      if (!bias && (strides.channel == 1 || channels == 1)) {
        std::copy(source, source + width * channels, row);
      } else if (strides.channel == 1) {
        for (std::int64_t x = 0; x < width; ++x, source += channels, row += channels)
          for (std::int64_t c = 0; c < channels; ++c) row[c] = source[c] + (bias ? bias[c] : T(0));
      } else {
        for (std::int64_t c = 0; c < channels; ++c)
          for (std::int64_t x = 0; x < width; ++x)
            row[c * strides.channel + x] = source[x * channels + c] + (bias ? bias[c] : T(0));
      }
    }
}

template <typename T>
void add_patches(const ConvGeometry& geometry, std::int64_t count, const T* patches, T* to) {
  const std::int64_t length = geometry.kernel * geometry.channels;
  std::fill(to, to + count * geometry.padded_size(), T(0));
  for (std::int64_t i = 0; i < count; ++i, to += geometry.padded_size())
    for (std::int64_t y = 0; y < geometry.small_height; ++y)
      for (std::int64_t x = 0; x < geometry.small_width; ++x) {
        T* target = to + geometry.patch_offset(y, x);
        for (std::int64_t row = 0; row < geometry.kernel; ++row, patches += length) {
          for (std::int64_t j = 0; j < length; ++j) target[j] += patches[j];
          target += geometry.padded_row();
        }
      }
}

template <typename T>
void transpose_matrices(
    std::int64_t count, std::int64_t rows, std::int64_t columns, const T* from, T* to) {
  // Tiles of 8 lines: both sides stay in the first cache.
  constexpr std::int64_t kTile = 8;
  for (std::int64_t i = 0; i < count; ++i, from += rows * columns, to += rows * columns)
    for (std::int64_t r = 0; r < rows; r += kTile)
      for (std::int64_t c = 0; c < columns; ++c)
        for (std::int64_t k = r; k < std::min(rows, r + kTile); ++k)
          to[c * rows + k] = from[k * columns + c];
}

#define ELBOW_INSTANTIATE(T)                                                             \
  template void pad_images(const ConvGeometry&, std::int64_t, LargeImages<const T>, T*); \
  template void crop_images(                                                             \
      const ConvGeometry&, std::int64_t, const T*, const T*, LargeImages<T>);            \
  template void add_patches(const ConvGeometry&, std::int64_t, const T*, T*);            \
  template void transpose_matrices(std::int64_t, std::int64_t, std::int64_t, const T*, T*);
ELBOW_INSTANTIATE(float)
ELBOW_INSTANTIATE(double)
#undef ELBOW_INSTANTIATE

}  // namespace elbow
