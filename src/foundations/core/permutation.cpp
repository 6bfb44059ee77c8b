#include "elbow/foundations/core/permutation.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include "elbow/foundations/core/philox.h"

namespace elbow {
namespace {

/// Four rounds make a strong pseudorandom permutation of a large domain (Luby & Rackoff, 1988,
/// theorem 1); two more because ours can be as small as four elements.
constexpr std::uint32_t kRounds = 6;

}  // namespace

Permutation::Permutation(std::uint64_t seed, std::uint64_t epoch, std::int64_t size)
    : key_(derive_key(seed, Purpose::data_order, epoch)), size_(size), half_bits_(1) {
  constexpr std::int64_t kLargest = std::int64_t{1} << 62;
  if (size < 1 || size > kLargest)
    throw std::invalid_argument("Permutation: size must be in [1, 2^62], got " +
                                std::to_string(size));
  while ((std::uint64_t{1} << (2 * half_bits_)) < static_cast<std::uint64_t>(size)) ++half_bits_;
}

void Permutation::check(std::int64_t index) const {
  if (index < 0 || index >= size_)
    throw std::out_of_range("Permutation: index " + std::to_string(index) + " is not in [0, " +
                            std::to_string(size_) + ")");
}

namespace {

/// Values that walk side by side, in halves left * 2^half_bits + right; only the low 32 bits of a
/// lane count.
constexpr std::size_t kLanes = 16;
using Lanes = std::array<std::uint64_t, kLanes>;

#if defined(__x86_64__)
/// One step along the cycles of all lanes: philox(key, {right, round, 0, 0})[0] in each round of
/// the network.
__attribute__((target("avx2"))) void walk_avx2(std::uint64_t key,
                                               std::uint32_t mask,
                                               Lanes& left,
                                               Lanes& right) {
  constexpr int kVectors = kLanes / 4;
  const __m256i first = _mm256_set1_epi64x(0xD2511F53), second = _mm256_set1_epi64x(0xCD9E8D57);
  const __m256i kept = _mm256_set1_epi64x(mask);
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    __m256i c0[kVectors], c1[kVectors], c2[kVectors], c3[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      c0[v] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(&right[4 * v]));
      c1[v] = _mm256_set1_epi64x(round);
      c2[v] = c3[v] = _mm256_setzero_si256();
    }
    auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
    for (int i = 0; i < 10; ++i, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
      const __m256i key0 = _mm256_set1_epi64x(k0), key1 = _mm256_set1_epi64x(k1);
      for (int v = 0; v < kVectors; ++v) {
        const __m256i p0 = _mm256_mul_epu32(c0[v], first), p1 = _mm256_mul_epu32(c2[v], second);
        c0[v] = _mm256_xor_si256(_mm256_srli_epi64(p1, 32), _mm256_xor_si256(c1[v], key0));
        c1[v] = p1;
        c2[v] = _mm256_xor_si256(_mm256_srli_epi64(p0, 32), _mm256_xor_si256(c3[v], key1));
        c3[v] = p0;
      }
    }
    for (int v = 0; v < kVectors; ++v) {
      auto* l = reinterpret_cast<__m256i*>(&left[4 * v]);
      auto* r = reinterpret_cast<__m256i*>(&right[4 * v]);
      const __m256i next = _mm256_xor_si256(_mm256_loadu_si256(l), _mm256_and_si256(c0[v], kept));
      _mm256_storeu_si256(l, _mm256_loadu_si256(r));
      _mm256_storeu_si256(r, next);
    }
  }
}

bool has_avx2() {
  static const bool out = __builtin_cpu_supports("avx2") != 0;
  return out;
}
#endif

}  // namespace

std::vector<std::int64_t> Permutation::range(std::int64_t begin, std::int64_t end) const {
  if (end <= begin) return {};
  check(begin);
  check(end - 1);
  const auto count = static_cast<std::size_t>(end - begin);
  std::vector<std::int64_t> out(count);
#if defined(__x86_64__)
  if (has_avx2() && count >= kLanes / 2) {
    walk_together(begin, out);
    return out;
  }
#endif
  for (std::size_t i = 0; i < count; ++i) out[i] = (*this)(begin + static_cast<std::int64_t>(i));
  return out;
}

#if defined(__x86_64__)
void Permutation::walk_together(std::int64_t begin, std::vector<std::int64_t>& out) const {
  const auto mask = static_cast<std::uint32_t>((std::uint64_t{1} << half_bits_) - 1);
  Lanes left{}, right{};
  std::array<std::size_t, kLanes> places{};
  std::size_t next = 0, done = 0;
  const auto begin_walk = [&](std::size_t lane) {
    places[lane] = next;
    // Past the end lanes walk on for nothing.
    const std::uint64_t index = static_cast<std::uint64_t>(begin) + std::min(next, out.size() - 1);
    left[lane] = index >> half_bits_;
    right[lane] = index & mask;
    ++next;
  };
  for (std::size_t lane = 0; lane < kLanes; ++lane) begin_walk(lane);
  // A lane is free for the next index as soon as its walk has ended.
  while (done < out.size()) {
    walk_avx2(key_, mask, left, right);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const std::uint64_t value = (left[lane] << half_bits_) | right[lane];
      if (value >= static_cast<std::uint64_t>(size_)) continue;
      if (places[lane] < out.size()) {
        out[places[lane]] = static_cast<std::int64_t>(value);
        ++done;
      }
      begin_walk(lane);
    }
  }
}
#endif

std::int64_t Permutation::operator()(std::int64_t index) const {
  check(index);
  const auto mask = static_cast<std::uint32_t>((std::uint64_t{1} << half_bits_) - 1);
  auto value = static_cast<std::uint64_t>(index);
  // Walking the cycle that holds `index` until it is back in range: at most four steps on average,
  // since the domain is less than four times the size.
  do {
    auto left = static_cast<std::uint32_t>(value >> half_bits_);
    auto right = static_cast<std::uint32_t>(value) & mask;
    for (std::uint32_t round = 0; round < kRounds; ++round) {
      const std::uint32_t mixed = philox(key_, {right, round, 0u, 0u})[0] & mask;
      const std::uint32_t next = left ^ mixed;
      left = right;
      right = next;
    }
    value = (std::uint64_t{left} << half_bits_) | right;
  } while (value >= static_cast<std::uint64_t>(size_));
  return static_cast<std::int64_t>(value);
}

}  // namespace elbow
