// Animated PNG: a decoder that knows no animation sees the first frame.
#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/animated_png.h"
#include "elbow/foundations/observe/film.h"
#include "elbow/foundations/observe/png.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

std::string frame(std::uint8_t shade, int side = 8) {
  Picture out = white_picture(side, side);
  for (auto& pixel : out.pixels) pixel = shade;
  return encode_png(out);
}

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t out = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++out;
  return out;
}

TEST(AnimatedPng, HoldsEveryFrame) {
  const std::string film = animated_png({frame(10), frame(20), frame(30)}, 0.5);
  EXPECT_EQ(decode_png(film, "film").pixels, decode_png(frame(10), "frame").pixels);
  EXPECT_EQ(count_of(film, "fcTL"), 3u);
  EXPECT_EQ(count_of(film, "fdAT"), 2u);
  EXPECT_EQ(count_of(film, "IDAT"), 1u);
  EXPECT_THROW(animated_png({frame(1), frame(1, 9)}, 0.5), std::invalid_argument);
}

TEST(Film, IsMadeOfTheFramesThatThereAre) {
  std::string pattern = (std::filesystem::temp_directory_path() / "elbow-film-XXXXXX").string();
  const std::string folder = ::mkdtemp(pattern.data());
  io::write_file(folder + "/dots-step-00000001.png", frame(10), /*durable=*/false);
  renew_film(folder, "dots");
  EXPECT_FALSE(std::filesystem::exists(folder + "/dots-film.png"));
  for (int i = 2; i < 9; ++i)
    io::write_file(folder + "/dots-step-0000000" + std::to_string(i) + ".png",
                   frame(static_cast<std::uint8_t>(10 * i)),
                   /*durable=*/false);
  renew_film(folder, "dots");
  EXPECT_EQ(count_of(io::read_file(folder + "/dots-film.png"), "fcTL"), 8u);
  const Picture strip = decode_png(io::read_file(folder + "/dots-strip.png"), "strip");
  EXPECT_EQ(strip.width, 6 * 4 + 5 * 4);
  EXPECT_EQ(strip.pixels[0], 10);                        // the first
  EXPECT_EQ(strip.pixels[strip.pixels.size() - 1], 80);  // the last
  std::filesystem::remove_all(folder);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
