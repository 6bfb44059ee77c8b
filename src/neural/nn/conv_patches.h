#pragma once

#include <cstdint>
#include <vector>

namespace elbow {

/// The two images that a convolution connects: the large one [H, W, C] under its kernel, and the
/// small one [h, w, D] with a pixel for each of the kernel's positions. A convolution goes from the
/// large to the small image, its transpose back.
struct ConvGeometry {
  std::int64_t height, width, channels;
  std::int64_t small_height, small_width, small_channels;
  std::int64_t kernel, stride, padding;

  std::int64_t large_size() const { return height * width * channels; }
  std::int64_t positions() const { return small_height * small_width; }
  std::int64_t small_size() const { return positions() * small_channels; }
  /// Numbers under the kernel.
  std::int64_t patch_size() const { return kernel * kernel * channels; }

  /// The large image with zeros around it, so that every position of the kernel lies inside.
  std::int64_t padded_height() const { return padded(height, small_height); }
  std::int64_t padded_width() const { return padded(width, small_width); }
  std::int64_t padded_row() const { return padded_width() * channels; }
  std::int64_t padded_size() const { return padded_height() * padded_row(); }
  /// Where the patch of a position begins in the padded image.
  std::int64_t patch_offset(std::int64_t y, std::int64_t x) const {
    return stride * (y * padded_row() + x * channels);
  }

 private:
  std::int64_t padded(std::int64_t size, std::int64_t num_positions) const {
    const std::int64_t covered = (num_positions - 1) * stride + kernel;
    return covered > size + padding ? covered : size + padding;
  }
};

/// Where the rows and columns of the matrix of patches lie in padded images, and where the rows of
/// small images lie.
struct PatchOffsets {
  PatchOffsets(const ConvGeometry& g, std::int64_t num_images) {
    for (std::int64_t i = 0; i < num_images; ++i)
      for (std::int64_t y = 0; y < g.small_height; ++y)
        for (std::int64_t x = 0; x < g.small_width; ++x) {
          small_rows.push_back(static_cast<std::int64_t>(rows.size()) * g.small_channels);
          rows.push_back(i * g.padded_size() + g.patch_offset(y, x));
        }
    for (std::int64_t row = 0; row < g.kernel; ++row)
      for (std::int64_t j = 0; j < g.kernel * g.channels; ++j)
        columns.push_back(row * g.padded_row() + j);
  }

  std::vector<std::int64_t> rows, columns, small_rows;
};

/// Large images with channels first or last.
template <typename T>
struct LargeImages {
  T* data;
  bool is_channels_last;
};

/// Copies large images to [N, padded height, padded width, C], zeros around.
template <typename T>
void pad_images(const ConvGeometry& geometry, std::int64_t count, LargeImages<const T> from, T* to);

/// The inside of padded images, plus the bias [C] unless it is null.
template <typename T>
void crop_images(const ConvGeometry& geometry,
                 std::int64_t count,
                 const T* from,
                 const T* bias,
                 LargeImages<T> to);

/// Adds patches [N, h, w, k, k, C] up where they overlap: to [N, padded height, padded width, C],
/// written.
template <typename T>
void add_patches(const ConvGeometry& geometry, std::int64_t count, const T* patches, T* to);

/// [N, rows, columns] to [N, columns, rows].
template <typename T>
void transpose_matrices(
    std::int64_t count, std::int64_t rows, std::int64_t columns, const T* from, T* to);

}  // namespace elbow
