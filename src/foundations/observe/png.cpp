#include "elbow/foundations/observe/png.h"

#include <png.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "elbow/foundations/core/error.h"
#include "png_description.h"

namespace elbow {
namespace {

// Deflate's ceiling: a picture that claims more pixels than its bytes can hold is a bomb, or
// damaged.
constexpr std::size_t kMaxInflation = 1032;

/// Frees libpng's state on every way out.
struct PngImage {
  png_image image{};
  PngImage() { image.version = PNG_IMAGE_VERSION; }
  ~PngImage() { png_image_free(&image); }
  PngImage(const PngImage&) = delete;
  PngImage& operator=(const PngImage&) = delete;
};

[[noreturn]] void refuse(const std::string& source, const std::string& reason) {
  throw DataError(source + ": expected a PNG picture, " + reason, "write the picture again");
}

std::uint8_t to_byte(float value) {
  if (!std::isfinite(value)) return 0;
  return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0f, 1.0f) * 255.0f));
}

/// Where a grid's tiles lie.
struct Layout {
  static constexpr int kGutter = 2, kMinWidth = 400;
  int columns, rows, factor, tile_width, tile_height;

  Layout(int count, int height, int width, int wanted_columns) {
    columns = std::min(wanted_columns, count);
    rows = (count + columns - 1) / columns;
    const int room = kMinWidth - kGutter * (columns + 1);
    factor = std::max(1, (room + columns * width - 1) / (columns * width));
    tile_width = width * factor;
    tile_height = height * factor;
  }
  int left(int index) const { return kGutter + index % columns * (tile_width + kGutter); }
  int top(int index) const { return kGutter + index / columns * (tile_height + kGutter); }
  int total_width() const { return kGutter + columns * (tile_width + kGutter); }
  int total_height() const { return kGutter + rows * (tile_height + kGutter); }
};

}  // namespace

Picture white_picture(int width, int height) {
  Picture out{width, height, 3, {}};
  out.pixels.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3, kWhite);
  return out;
}

std::string encode_png(const Picture& picture) {
  const auto row = static_cast<std::size_t>(std::max(picture.width, 0)) *
                   static_cast<std::size_t>(std::max(picture.channels, 0));
  if (picture.width < 1 || picture.height < 1 || (picture.channels != 1 && picture.channels != 3) ||
      picture.pixels.size() != row * static_cast<std::size_t>(picture.height))
    throw std::invalid_argument("encode_png: a picture of " + std::to_string(picture.width) + "x" +
                                std::to_string(picture.height) + "x" +
                                std::to_string(picture.channels) + " has " +
                                std::to_string(picture.pixels.size()) + " bytes");
  PngImage png;
  png.image.width = static_cast<png_uint_32>(picture.width);
  png.image.height = static_cast<png_uint_32>(picture.height);
  png.image.format = picture.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  std::string bytes(PNG_IMAGE_PNG_SIZE_MAX(png.image), '\0');
  png_alloc_size_t size = bytes.size();
  if (png_image_write_to_memory(
          &png.image, bytes.data(), &size, 0, picture.pixels.data(), 0, nullptr) == 0)
    throw std::runtime_error(std::string("encode_png: ") + png.image.message);
  bytes.resize(size);
  return picture.description.empty() ? bytes : with_description(bytes, picture.description);
}

Picture decode_png(const std::string& bytes, const std::string& source) {
  PngImage png;
  if (png_image_begin_read_from_memory(&png.image, bytes.data(), bytes.size()) == 0)
    refuse(source, png.image.message);
  const bool is_colour =
      (png.image.format & (PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_COLORMAP)) != 0;
  Picture picture;
  picture.channels = is_colour ? 3 : 1;
  if (png.image.width > kMaxPictureSide || png.image.height > kMaxPictureSide)
    refuse(source,
           "found one of " + std::to_string(png.image.width) + "x" +
               std::to_string(png.image.height) + "; at most " + std::to_string(kMaxPictureSide) +
               " pixels a side are read");
  // One bit a pixel is the densest PNG.
  const std::size_t num_pixels = std::size_t{png.image.width} * png.image.height;
  if (num_pixels / 8 > kMaxInflation * bytes.size())
    refuse(source,
           "found " + std::to_string(bytes.size()) + " bytes that claim " +
               std::to_string(num_pixels) + " pixels");
  picture.width = static_cast<int>(png.image.width);
  picture.height = static_cast<int>(png.image.height);
  png.image.format = is_colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  picture.pixels.resize(num_pixels * static_cast<std::size_t>(picture.channels));
  const png_color white{255, 255, 255};  // behind transparent pixels
  if (png_image_finish_read(&png.image, &white, picture.pixels.data(), 0, nullptr) == 0)
    refuse(source, png.image.message);
  picture.description = description_of(bytes);
  return picture;
}

Picture image_grid(
    const float* images, int count, int channels, int height, int width, int columns) {
  if (count < 1 || channels < 1 || height < 1 || width < 1 || columns < 1)
    throw std::invalid_argument(
        "image_grid: count, channels, height, width and columns must be >= 1");
  constexpr std::uint8_t kGutterGrey = 96;  // neither a pixel's black nor the page's white
  const Layout layout(count, height, width, columns);
  Picture grid;
  grid.channels = channels == 3 ? 3 : 1;
  grid.width = layout.total_width();
  grid.height = layout.total_height();
  const auto pitch = static_cast<std::size_t>(grid.width);
  const auto depth = static_cast<std::size_t>(grid.channels);
  grid.pixels.assign(pitch * static_cast<std::size_t>(grid.height) * depth, kGutterGrey);
  const std::size_t plane = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  for (int index = 0; index < count; ++index) {
    const float* image =
        images + static_cast<std::size_t>(index) * static_cast<std::size_t>(channels) * plane;
    for (int y = 0; y < layout.tile_height; ++y)
      for (int x = 0; x < layout.tile_width; ++x) {
        const auto from = static_cast<std::size_t>(y / layout.factor * width + x / layout.factor);
        const auto to = (static_cast<std::size_t>(layout.top(index) + y) * pitch +
                         static_cast<std::size_t>(layout.left(index) + x)) *
                        depth;
        for (std::size_t c = 0; c < depth; ++c)
          grid.pixels[to + c] = to_byte(image[c * plane + from]);
      }
  }
  return grid;
}

}  // namespace elbow
