#include "elbow/data/sources/binarize.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "elbow/foundations/core/philox.h"

// One function compiled for several instruction sets and chosen when the program starts; sanitizers
// cannot run in the resolver that chooses.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ELBOW_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define ELBOW_VECTOR_CLONES
#endif

namespace elbow::data {
namespace {

constexpr int kLanes = 4;    // draws of one Philox call, for neighbouring pixels
constexpr int kGroups = 16;  // Philox calls side by side: one AVX-512 register of 32-bit words

/// round(value / 255 * 2^32) - 1 for value >= 1. Since 2^32 = 255 * 16843009 + 1, the quotient is
/// value * 16843009 + value / 255. Less one, so that value 255 fits in 32 bits: draw <= limit is
/// draw < threshold.
constexpr std::uint32_t draw_limit(std::uint32_t value) {
  return value * 16843009u + (value >= 128u) - 1u;
}

/// round(value / 255 * 2^32) in the plain way.
constexpr std::uint64_t draw_threshold(std::uint64_t value) { return ((value << 33) + 255) / 510; }

constexpr bool limits_are_thresholds() {
  for (std::uint32_t value = 1; value < 256; ++value) {
    if (std::uint64_t{draw_limit(value)} + 1 != draw_threshold(value)) return false;
  }
  return true;
}
static_assert(limits_are_thresholds(), "the vector code compares with another probability");

/// Groups of four pixels of one row that need a draw.
struct PendingGroups {
  std::vector<std::uint32_t> index;   ///< pixel / 4
  std::vector<std::uint32_t> values;  ///< the four pixel values, lowest byte first

  explicit PendingGroups(std::int64_t pixels)
      : index(static_cast<std::size_t>(pixels / kLanes + kGroups)), values(index.size()) {}
};

/// kGroups Philox calls in plain arrays, which the compiler turns into vector code, and the
/// comparison with the pixels.
ELBOW_VECTOR_CLONES
void draw_groups(std::uint64_t key,
                 std::uint64_t example,
                 const std::uint32_t* index,
                 const std::uint32_t* values,
                 float* __restrict out) {
  alignas(64) std::uint32_t c0[kGroups], c1[kGroups], c2[kGroups], c3[kGroups];
  std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int g = 0; g < kGroups; ++g) {
    c0[g] = index[g];
    c1[g] = static_cast<std::uint32_t>(example);
    c2[g] = static_cast<std::uint32_t>(example >> 32);
    c3[g] = 0;
  }
  for (int round = 0; round < 10; ++round) {
#pragma omp simd
    for (int g = 0; g < kGroups; ++g) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c0[g];
      const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * c2[g];
      c0[g] = static_cast<std::uint32_t>(p1 >> 32) ^ c1[g] ^ k0;
      c1[g] = static_cast<std::uint32_t>(p1);
      c2[g] = static_cast<std::uint32_t>(p0 >> 32) ^ c3[g] ^ k1;
      c3[g] = static_cast<std::uint32_t>(p0);
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  const std::uint32_t* draws[kLanes] = {c0, c1, c2, c3};
  for (int lane = 0; lane < kLanes; ++lane) {
    for (int g = 0; g < kGroups; ++g) {
      const std::uint32_t value = values[g] >> 8 * lane & 255u;
      out[lane * kGroups + g] =
          static_cast<float>((draws[lane][g] <= draw_limit(value)) & (value != 0));
    }
  }
}

/// Writes 0 and 255 at once and lists the other groups of four.
std::int64_t write_certain(const std::uint8_t* row,
                           std::int64_t pixels,
                           float* out,
                           PendingGroups& pending) {
  std::int64_t count = 0;
  for (std::int64_t group = 0; group < pixels / kLanes; ++group) {
    std::uint32_t value = 0;
    std::memcpy(&value, row + kLanes * group, sizeof(value));
    if (value == 0 || value == 0xFFFFFFFFu) {
      std::fill_n(out + kLanes * group, kLanes, value == 0 ? 0.0f : 1.0f);
      continue;
    }
    // Put together byte by byte: lane l must be pixel 4 * group + l in either byte order.
    const std::uint8_t* four = row + kLanes * group;
    pending.index[count] = static_cast<std::uint32_t>(group);
    pending.values[count] = std::uint32_t{four[0]} | std::uint32_t{four[1]} << 8 |
                            std::uint32_t{four[2]} << 16 | std::uint32_t{four[3]} << 24;
    ++count;
  }
  return count;
}

void draw_row(const std::uint8_t* row,
              std::int64_t pixels,
              std::uint64_t key,
              std::uint64_t example,
              PendingGroups& pending,
              float* out) {
  const std::int64_t count = write_certain(row, pixels, out, pending);
  alignas(64) float drawn[kLanes * kGroups];
  for (std::int64_t start = 0; start < count; start += kGroups) {
    draw_groups(key, example, pending.index.data() + start, pending.values.data() + start, drawn);
    const int used = static_cast<int>(std::min<std::int64_t>(kGroups, count - start));
    for (int g = 0; g < used; ++g) {
      float* four = out + std::int64_t{kLanes} * pending.index[start + g];
      for (int lane = 0; lane < kLanes; ++lane) four[lane] = drawn[lane * kGroups + g];
    }
  }
  for (std::int64_t pixel = pixels - pixels % kLanes; pixel < pixels; ++pixel) {
    out[pixel] =
        binarize_pixel(row[pixel], key, example, static_cast<std::uint32_t>(pixel)) ? 1.0f : 0.0f;
  }
}

/// What each byte becomes when nothing is drawn.
std::array<float, 256> value_table(Binarize mode, bool is_binary) {
  std::array<float, 256> table{};
  for (int value = 0; value < 256; ++value) {
    table[value] = is_binary                     ? static_cast<float>(value)
                   : mode == Binarize::threshold ? static_cast<float>(value >= 128)
                                                 : static_cast<float>(value) / 255.0f;
  }
  return table;
}

}  // namespace

Binarize parse_binarize(const std::string& word) {
  if (word == "none") return Binarize::none;
  if (word == "threshold") return Binarize::threshold;
  if (word == "static") return Binarize::static_;
  if (word == "dynamic") return Binarize::dynamic;
  throw std::invalid_argument("parse_binarize: '" + word + "'");
}

std::uint64_t binarize_key(Binarize mode, std::uint64_t seed, std::uint64_t epoch) {
  return mode == Binarize::static_ ? derive_key(seed, Purpose::static_binarize)
                                   : derive_key(seed, Purpose::binarize, epoch);
}

bool binarize_pixel(std::uint8_t value,
                    std::uint64_t key,
                    std::uint64_t example,
                    std::uint32_t pixel) {
  const auto draws = philox(key,
                            {pixel / kLanes,
                             static_cast<std::uint32_t>(example),
                             static_cast<std::uint32_t>(example >> 32),
                             0u});
  return draws[pixel % kLanes] < draw_threshold(value);
}

void gather_rows(const std::uint8_t* images,
                 std::int64_t pixels,
                 const std::int64_t* rows,
                 std::int64_t count,
                 Binarize mode,
                 bool is_binary,
                 std::uint64_t seed,
                 std::uint64_t epoch,
                 float* out,
                 int num_threads) {
  const bool is_drawn = !is_binary && (mode == Binarize::static_ || mode == Binarize::dynamic);
  const std::uint64_t key = is_drawn ? binarize_key(mode, seed, epoch) : 0;
  const std::array<float, 256> table = value_table(mode, is_binary);
#pragma omp parallel num_threads(num_threads) if (num_threads > 1)
  {
    PendingGroups pending(is_drawn ? pixels : 0);
#pragma omp for schedule(static)
    for (std::int64_t i = 0; i < count; ++i) {
      const std::uint8_t* row = images + rows[i] * pixels;
      float* target = out + i * pixels;
      if (is_drawn) {
        draw_row(row, pixels, key, static_cast<std::uint64_t>(rows[i]), pending, target);
      } else {
        for (std::int64_t pixel = 0; pixel < pixels; ++pixel) target[pixel] = table[row[pixel]];
      }
    }
  }
}

}  // namespace elbow::data
