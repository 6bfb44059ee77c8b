#include "elbow/foundations/core/permutation.h"

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

std::int64_t Permutation::operator()(std::int64_t index) const {
  if (index < 0 || index >= size_)
    throw std::out_of_range("Permutation: index " + std::to_string(index) + " is not in [0, " +
                            std::to_string(size_) + ")");
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
