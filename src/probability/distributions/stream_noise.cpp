#include "stream_noise.h"

#include <algorithm>

#include "noise_lanes.h"

namespace elbow {
namespace stream_noise_detail {

using namespace noise_lanes;

/// Numbers of one block of counters, in the order in which they are given out.
template <class Real>
struct Block {
  static constexpr int kPerCounter = sizeof(Real) == 4 ? 4 : 2;
  alignas(64) Real values[kPerCounter][kNoiseLanes];
};

/// ln u for u in [2^-32, 1], as natural_log in fewer terms: |s| < 0.1716 leaves 1e-9.
[[gnu::always_inline]] inline float short_log(float u) {
  std::uint32_t bits;
  std::memcpy(&bits, &u, sizeof u);
  const std::uint32_t moved = bits - 0x3F3504F3u;
  const std::uint32_t mantissa = (moved & 0x007FFFFFu) + 0x3F3504F3u;
  float m;
  std::memcpy(&m, &mantissa, sizeof m);
  const auto n = static_cast<float>(static_cast<std::int32_t>(moved) >> 23);
  const float s = (m - 1.0f) / (m + 1.0f), z = s * s;
  float p = 1.0f / 9;
  p = p * z + 1.0f / 7;
  p = p * z + 1.0f / 5;
  p = p * z + 1.0f / 3;
  return n * 0.693147181f + (2.0f * s + 2.0f * s * z * p);
}

/// (cos, sin) of an angle uniform on the circle: the two highest bits are the quarter, the others
/// an angle within pi/4 of its middle, where Taylor's series leaves 3e-8.
[[gnu::always_inline]] inline void short_circle(std::uint32_t bits, float& cosine, float& sine) {
  const float angle =
      static_cast<float>(static_cast<std::int32_t>(bits << 2)) * (0.785398163f * 0x1p-31f);
  const float z = angle * angle;
  float s = 1.0f / 362880;
  s = s * z - 1.0f / 5040;
  s = s * z + 1.0f / 120;
  s = s * z - 1.0f / 6;
  s = angle + angle * z * s;
  float c = 1.0f / 40320;
  c = c * z - 1.0f / 720;
  c = c * z + 1.0f / 24;
  c = c * z - 0.5f;
  c = 1.0f + z * c;
  std::uint32_t c_bits, s_bits;
  std::memcpy(&c_bits, &c, sizeof c);
  std::memcpy(&s_bits, &s, sizeof s);
  const std::uint32_t quarter = bits >> 30;
  const std::uint32_t swap = 0u - (quarter & 1u);
  const std::uint32_t c_sign = ((quarter ^ (quarter >> 1)) & 1u) << 31;
  const std::uint32_t s_sign = ((quarter >> 1) & 1u) << 31;
  const std::uint32_t new_c = ((c_bits & ~swap) | (s_bits & swap)) ^ c_sign;
  const std::uint32_t new_s = ((s_bits & ~swap) | (c_bits & swap)) ^ s_sign;
  std::memcpy(&cosine, &new_c, sizeof c);
  std::memcpy(&sine, &new_s, sizeof s);
}

[[gnu::always_inline]] inline void count_from(std::uint64_t first, Counters& counters) {
  for (int i = 0; i < kNoiseLanes; ++i) {
    const std::uint64_t n = first + static_cast<std::uint64_t>(i);
    counters.word[0][i] = static_cast<std::uint32_t>(n);
    counters.word[1][i] = static_cast<std::uint32_t>(n >> 32);
    counters.word[2][i] = counters.word[3][i] = 0;
  }
}

ELBOW_CLONES void normal_block(std::uint64_t key, std::uint64_t first, Block<float>& out) {
  Counters bits;
  count_from(first, bits);
  philox_lanes(key, bits);
  for (int pair = 0; pair < 2; ++pair) {
    const std::uint32_t *const lengths = bits.word[2 * pair], *const angles =
                                                                  bits.word[2 * pair + 1];
    float *const cosines = out.values[2 * pair], *const sines = out.values[2 * pair + 1];
    for (int i = 0; i < kNoiseLanes; ++i) {
      const float u =
          (static_cast<float>(static_cast<std::int32_t>(lengths[i] >> 1)) + 0.5f) * 0x1p-31f;
      const float radius = __builtin_sqrtf(-2.0f * short_log(u));
      float cosine, sine;
      short_circle(angles[i], cosine, sine);
      cosines[i] = radius * cosine;
      sines[i] = radius * sine;
    }
  }
}

ELBOW_CLONES void normal_block(std::uint64_t key, std::uint64_t first, Block<double>& out) {
  Counters bits;
  Pairs pairs;
  count_from(first, bits);
  philox_lanes(key, bits);
  uniforms(bits, pairs);
  box_muller(pairs);
  std::copy_n(pairs.first, kNoiseLanes, out.values[0]);
  std::copy_n(pairs.second, kNoiseLanes, out.values[1]);
}

ELBOW_CLONES void uniform_block(std::uint64_t key, std::uint64_t first, Block<float>& out) {
  Counters bits;
  count_from(first, bits);
  philox_lanes(key, bits);
  for (int word = 0; word < 4; ++word)
    for (int i = 0; i < kNoiseLanes; ++i)
      out.values[word][i] =
          (static_cast<float>(static_cast<std::int32_t>(bits.word[word][i] >> 9)) + 0.5f) *
          0x1p-23f;
}

ELBOW_CLONES void uniform_block(std::uint64_t key, std::uint64_t first, Block<double>& out) {
  Counters bits;
  Pairs pairs;
  count_from(first, bits);
  philox_lanes(key, bits);
  uniforms(bits, pairs);
  std::copy_n(pairs.first, kNoiseLanes, out.values[0]);
  std::copy_n(pairs.second, kNoiseLanes, out.values[1]);
}

template <class Real, class MakeBlock>
void fill(Real* out, std::int64_t count, const MakeBlock& make_block) {
  constexpr std::int64_t size = Block<Real>::kPerCounter * kNoiseLanes;
  Block<Real> block;
  for (std::int64_t done = 0; done < count; done += size) {
    make_block(static_cast<std::uint64_t>(done / size) * kNoiseLanes, block);
    std::copy_n(block.values[0], std::min(size, count - done), out + done);
  }
}

}  // namespace stream_noise_detail

void stream_normal(std::uint64_t key, float* out, std::int64_t count) {
  stream_noise_detail::fill(out, count, [key](std::uint64_t first, auto& block) {
    stream_noise_detail::normal_block(key, first, block);
  });
}

void stream_normal(std::uint64_t key, double* out, std::int64_t count) {
  stream_noise_detail::fill(out, count, [key](std::uint64_t first, auto& block) {
    stream_noise_detail::normal_block(key, first, block);
  });
}

void stream_uniform(std::uint64_t key, float* out, std::int64_t count) {
  stream_noise_detail::fill(out, count, [key](std::uint64_t first, auto& block) {
    stream_noise_detail::uniform_block(key, first, block);
  });
}

void stream_uniform(std::uint64_t key, double* out, std::int64_t count) {
  stream_noise_detail::fill(out, count, [key](std::uint64_t first, auto& block) {
    stream_noise_detail::uniform_block(key, first, block);
  });
}

}  // namespace elbow
