#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace elbow {

/// Pixels on a side of the largest picture that elbow reads, and makes.
inline constexpr int kMaxPictureSide = 16384;

/// 8-bit picture, row-major, 1 (grey) or 3 (RGB) channels interleaved.
struct Picture {
  int width = 0, height = 0, channels = 1;
  std::vector<std::uint8_t> pixels;
  /// What the pixels cannot say, such as the ranges of axes; travels inside the PNG. UTF-8.
  std::string description = {};
};

inline constexpr std::uint8_t kWhite = 255;

/// An RGB picture without anything on it.
Picture white_picture(int width, int height);

std::string encode_png(const Picture& picture);                           ///< libpng; deterministic
Picture decode_png(const std::string& bytes, const std::string& source);  ///< @throws DataError

/// Tiles `count` images of [C, H, W] float in [0, 1] into a grid with a 2-pixel gutter, enlarged by
/// a whole factor so that the grid is at least about 400 pixels wide.
/// @param images [count, C, H, W]; C other than 1 and 3 shows the first channel; values are
/// clamped, non-finite become black
Picture image_grid(
    const float* images, int count, int channels, int height, int width, int columns);

}  // namespace elbow
