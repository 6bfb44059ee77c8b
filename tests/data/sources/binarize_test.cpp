#include "elbow/data/sources/binarize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "elbow/foundations/core/philox.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

constexpr std::uint64_t kSeed = 7;

/// Images whose pixels take every value, with zeros and 255 often as in pictures.
std::vector<std::uint8_t> make_images(std::int64_t count, std::int64_t pixels) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(count * pixels));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint32_t bits = philox(1, {static_cast<std::uint32_t>(i / 4), 0, 0, 0})[i % 4];
    const bool is_certain = i / 16 % 3 == 0;
    out[i] = static_cast<std::uint8_t>(is_certain ? (i / 48 % 2 ? 255 : 0) : bits);
  }
  return out;
}

std::vector<std::int64_t> first_rows(std::int64_t count) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

std::vector<float> gather(const std::vector<std::uint8_t>& images,
                          std::int64_t pixels,
                          const std::vector<std::int64_t>& rows,
                          Binarize mode,
                          std::uint64_t epoch = 3,
                          int num_threads = 1) {
  std::vector<float> out(rows.size() * static_cast<std::size_t>(pixels), -1.0f);
  gather_rows(images.data(),
              pixels,
              rows.data(),
              static_cast<std::int64_t>(rows.size()),
              mode,
              false,
              kSeed,
              epoch,
              out.data(),
              num_threads);
  return out;
}

TEST(Binarize, GatheredDrawsAreThoseOfTheSpecification) {
  // Widths with and without a rest of four, below and above one block of 64 pixels.
  for (const std::int64_t pixels : {1, 3, 4, 5, 63, 64, 67, 784}) {
    const auto images = make_images(20, pixels);
    const std::vector<std::int64_t> rows = {0, 19, 3, 3, 11};
    for (const Binarize mode : {Binarize::static_, Binarize::dynamic}) {
      const auto out = gather(images, pixels, rows, mode);
      const std::uint64_t key = binarize_key(mode, kSeed, 3);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::int64_t p = 0; p < pixels; ++p) {
          const std::uint8_t value = images[static_cast<std::size_t>(rows[i] * pixels + p)];
          const bool expected = binarize_pixel(
              value, key, static_cast<std::uint64_t>(rows[i]), static_cast<std::uint32_t>(p));
          ASSERT_EQ(out[i * static_cast<std::size_t>(pixels) + static_cast<std::size_t>(p)],
                    expected ? 1.0f : 0.0f)
              << "pixels " << pixels << " row " << rows[i] << " pixel " << p;
        }
      }
    }
  }
}

TEST(Binarize, EveryValueAgreesWithTheSpecification) {
  // 256 values x 1,024 pixels: a threshold off by one step of 1/255 shows in about 4 of each 1,024.
  for (int value = 0; value < 256; ++value) {
    const std::vector<std::uint8_t> image(1024, static_cast<std::uint8_t>(value));
    const auto out = gather(image, 1024, {0}, Binarize::dynamic);
    const std::uint64_t key = binarize_key(Binarize::dynamic, kSeed, 3);
    for (std::uint32_t p = 0; p < 1024; ++p) {
      ASSERT_EQ(out[p] == 1.0f, binarize_pixel(static_cast<std::uint8_t>(value), key, 0, p))
          << value << " " << p;
    }
  }
}

TEST(Binarize, ZeroIsNeverDrawnAnd255Always) {
  for (const std::uint8_t value : {0, 255}) {
    // The 1 in between keeps the groups from being skipped.
    std::vector<std::uint8_t> image(40000, value);
    for (std::size_t i = 0; i < image.size(); i += 4) image[i] = 1;
    const auto out = gather(image, 40000, {0}, Binarize::dynamic);
    for (std::size_t i = 0; i < image.size(); ++i) {
      if (i % 4 != 0) {
        ASSERT_EQ(out[i], value == 255 ? 1.0f : 0.0f);
      }
    }
  }
}

TEST(Binarize, FrequencyIsValueOver255) {
  // 5 standard errors at each of 255 values: a right program fails with probability below 255
  // * 5.8e-7 = 1.5e-4, and since the seed is fixed it fails always or never.
  constexpr int kDraws = 40000;
  for (int value = 1; value < 256; ++value) {
    const std::vector<std::uint8_t> image(kDraws, static_cast<std::uint8_t>(value));
    const auto out =
        gather(image, kDraws, {0}, Binarize::dynamic, static_cast<std::uint64_t>(value));
    const double mean = std::accumulate(out.begin(), out.end(), 0.0) / kDraws;
    const double p = value / 255.0;
    EXPECT_NEAR(mean, p, 5.0 * std::sqrt(p * (1.0 - p) / kDraws)) << value;
  }
}

TEST(Binarize, NeighboursExamplesAndEpochsAreUncorrelated) {
  // Correlation of n fair coins has standard error 1/sqrt(n); 5 of them in 4 checks: probability
  // below 2.4e-6.
  constexpr std::int64_t kPixels = 40000;
  const std::vector<std::uint8_t> images(2 * kPixels, 127);
  const auto correlation =
      [](const std::vector<float>& a, const std::vector<float>& b, std::size_t shift) {
        double sum = 0;
        for (std::size_t i = 0; i + shift < a.size(); ++i)
          sum += (a[i] * 2 - 1) * (b[i + shift] * 2 - 1);
        return sum / static_cast<double>(a.size() - shift);
      };
  const double bound =
      5.0 / std::sqrt(static_cast<double>(kPixels)) + 1e-4;  // the coin is 127/255, not 1/2
  const auto first = gather(images, kPixels, {0}, Binarize::dynamic, 0);
  EXPECT_LT(std::abs(correlation(first, first, 1)), bound);
  EXPECT_LT(std::abs(correlation(first, gather(images, kPixels, {1}, Binarize::dynamic, 0), 0)),
            bound);
  EXPECT_LT(std::abs(correlation(first, gather(images, kPixels, {0}, Binarize::dynamic, 1), 0)),
            bound);
  EXPECT_LT(std::abs(correlation(first, gather(images, kPixels, {0}, Binarize::static_, 0), 0)),
            bound);
}

TEST(Binarize, DrawsDoNotDependOnBatchOrderOrThreads) {
  constexpr std::int64_t kPixels = 101;
  const auto images = make_images(64, kPixels);
  const auto whole = gather(images, kPixels, first_rows(64), Binarize::dynamic);
  EXPECT_EQ(whole, gather(images, kPixels, first_rows(64), Binarize::dynamic, 3, 4));
  for (std::int64_t row = 63; row >= 0; --row) {
    const auto alone = gather(images, kPixels, {row}, Binarize::dynamic);
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), whole.begin() + row * kPixels)) << row;
  }
}

TEST(Binarize, StaticIgnoresTheEpochAndDynamicDoesNot) {
  const auto images = make_images(8, 784);
  EXPECT_EQ(gather(images, 784, first_rows(8), Binarize::static_, 0),
            gather(images, 784, first_rows(8), Binarize::static_, 9));
  EXPECT_NE(gather(images, 784, first_rows(8), Binarize::dynamic, 0),
            gather(images, 784, first_rows(8), Binarize::dynamic, 9));
  EXPECT_NE(gather(images, 784, first_rows(8), Binarize::dynamic, 0),
            gather(images, 784, first_rows(8), Binarize::static_, 0));
}

TEST(Binarize, GreyAndThresholdAreExact) {
  std::vector<std::uint8_t> image(256);
  std::iota(image.begin(), image.end(), 0);
  const auto grey = gather(image, 256, {0}, Binarize::none);
  const auto cut = gather(image, 256, {0}, Binarize::threshold);
  for (int value = 0; value < 256; ++value) {
    EXPECT_EQ(grey[value], static_cast<float>(value) / 255.0f);
    EXPECT_EQ(cut[value], value >= 128 ? 1.0f : 0.0f);
  }
}

TEST(Binarize, BinaryRowsAreCopiedInEveryMode) {
  const std::vector<std::uint8_t> bits = {0, 1, 1, 0, 1};
  for (const Binarize mode :
       {Binarize::none, Binarize::threshold, Binarize::static_, Binarize::dynamic}) {
    std::vector<float> out(5);
    const std::int64_t row = 0;
    gather_rows(bits.data(), 5, &row, 1, mode, true, kSeed, 0, out.data(), 1);
    EXPECT_EQ(out, (std::vector<float>{0, 1, 1, 0, 1}));
  }
}

TEST(Binarize, ExamplesBeyond32BitsHaveTheirOwnDraws) {
  int different = 0;
  for (std::uint32_t p = 0; p < 64; ++p)
    different +=
        binarize_pixel(127, 1, 5, p) != binarize_pixel(127, 1, 5 + (std::uint64_t{1} << 32), p);
  EXPECT_GT(different, 0);  // 2^-64 for a right program
}

TEST(Binarize, WordsNameTheModes) {
  EXPECT_EQ(parse_binarize("none"), Binarize::none);
  EXPECT_EQ(parse_binarize("threshold"), Binarize::threshold);
  EXPECT_EQ(parse_binarize("static"), Binarize::static_);
  EXPECT_EQ(parse_binarize("dynamic"), Binarize::dynamic);
  EXPECT_THROW(parse_binarize("dynmic"), std::invalid_argument);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
