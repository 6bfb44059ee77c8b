#include "elbow/foundations/observe/png.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "elbow/foundations/core/error.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

Picture noise(int width, int height, int channels) {
  Picture picture{width, height, channels, {}};
  std::uint32_t state = 1;
  for (int i = 0; i < width * height * channels; ++i)
    picture.pixels.push_back(
        static_cast<std::uint8_t>((state = state * 1664525u + 1013904223u) >> 24));
  return picture;
}

TEST(Png, PicturesComeBackExactly) {
  for (const int channels : {1, 3})
    for (const auto& [width, height] : {std::pair{1, 1}, {7, 3}, {256, 1}, {33, 65}}) {
      const Picture picture = noise(width, height, channels);
      const std::string bytes = encode_png(picture);
      EXPECT_EQ(bytes, encode_png(picture));
      const Picture back = decode_png(bytes, "test.png");
      EXPECT_EQ(back.width, width);
      EXPECT_EQ(back.height, height);
      EXPECT_EQ(back.channels, channels);
      EXPECT_EQ(back.pixels, picture.pixels);
    }
}

TEST(Png, DescriptionsTravelInsideTheFile) {
  Picture picture = noise(5, 4, 3);
  const std::string plain = encode_png(picture);
  EXPECT_EQ(decode_png(plain, "test.png").description, "");
  picture.description = "x from \u22121 to 2";
  const std::string bytes = encode_png(picture);
  EXPECT_GT(bytes.size(), plain.size());
  const Picture back = decode_png(bytes, "test.png");
  EXPECT_EQ(back.description, picture.description);
  EXPECT_EQ(back.pixels, picture.pixels);
  EXPECT_THROW(decode_png(bytes.substr(0, 60), "cut.png"), DataError);
}

TEST(Png, EveryTruncationIsRefusedWithTheFilesName) {
  const std::string bytes = encode_png(noise(9, 5, 3));
  for (std::size_t length = 0; length + 12 < bytes.size();
       ++length) {  // the last chunk, IEND, holds nothing
    try {
      decode_png(bytes.substr(0, length), "cut.png");
      FAIL() << length << " of " << bytes.size();
    } catch (const DataError& error) {
      EXPECT_EQ(std::string(error.what()).rfind("cut.png: ", 0), 0u) << error.what();
    }
  }
}

TEST(Png, ClaimOfMorePixelsThanTheBytesCanHoldIsRefusedBeforeAllocation) {
  std::string bytes = encode_png(noise(4, 4, 1));
  bytes[18] = 0x3F;  // width 16,132
  bytes[22] = 0x3F;
  EXPECT_THROW(decode_png(bytes, "bomb.png"), DataError);
}

TEST(Png, PixelsThatDoNotFitTheShapeAreOurDefect) {
  Picture picture = noise(4, 4, 1);
  picture.pixels.pop_back();
  EXPECT_THROW(encode_png(picture), std::invalid_argument);
  EXPECT_THROW(encode_png(Picture{}), std::invalid_argument);
  EXPECT_THROW(encode_png(noise(2, 2, 2)), std::invalid_argument);
}

TEST(ImageGrid, TilesKeepTheirPlacesAndValues) {
  // Three images of [1, 2, 2] in two columns: image i has value i / 4 but its top right pixel is
  // white.
  std::vector<float> images;
  for (int i = 0; i < 3; ++i) images.insert(images.end(), {i / 4.0f, 1.0f, i / 4.0f, i / 4.0f});
  const Picture grid = image_grid(images.data(), 3, 1, 2, 2, 2);
  const int factor = (grid.width - 6) / 4;
  EXPECT_EQ(grid.width, 6 + 4 * factor);
  EXPECT_EQ(grid.height, 6 + 4 * factor);
  EXPECT_GE(grid.width, 400);
  EXPECT_LT(grid.width, 400 + 4);
  const auto pixel = [&](int index, int y, int x) {
    const int top = 2 + index / 2 * (2 * factor + 2) + y * factor,
              left = 2 + index % 2 * (2 * factor + 2) + x * factor;
    return static_cast<int>(grid.pixels[static_cast<std::size_t>(top) * grid.width + left]);
  };
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(pixel(i, 0, 0), std::lround(i / 4.0 * 255));
    EXPECT_EQ(pixel(i, 0, 1), 255);
    EXPECT_EQ(pixel(i, 1, 1), std::lround(i / 4.0 * 255));
  }
  const int gutter = grid.pixels[0];
  EXPECT_EQ(pixel(3, 0, 1), gutter);  // no fourth image
}

TEST(ImageGrid, ValuesAreClampedAndNonFiniteIsBlack) {
  const float values[] = {-1.0f, 2.0f, NAN, INFINITY};
  const Picture grid = image_grid(values, 4, 1, 1, 1, 4);
  const int tile = (grid.width - 10) / 4;
  const int expected[] = {0, 255, 0, 0};
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(grid.pixels[static_cast<std::size_t>(2) * grid.width + 2 + i * (tile + 2)],
              expected[i]);
}

TEST(ImageGrid, ThreeChannelsAreColourOthersShowTheFirst) {
  const float rgb[] = {1.0f, 0.0f, 0.2f};
  const Picture colour = image_grid(rgb, 1, 3, 1, 1, 1);
  EXPECT_EQ(colour.channels, 3);
  const std::size_t at = (static_cast<std::size_t>(2) * colour.width + 2) * 3;
  EXPECT_EQ(colour.pixels[at], 255);
  EXPECT_EQ(colour.pixels[at + 1], 0);
  EXPECT_EQ(colour.pixels[at + 2], 51);
  const Picture grey = image_grid(rgb, 1, 2, 1, 1, 1);
  EXPECT_EQ(grey.channels, 1);
  EXPECT_EQ(grey.pixels[static_cast<std::size_t>(2) * grey.width + 2], 255);
}

TEST(ImageGrid, LargeImagesAreNotEnlarged) {
  const std::vector<float> image(500 * 3, 0.5f);
  EXPECT_EQ(image_grid(image.data(), 1, 1, 3, 500, 8).width, 504);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
