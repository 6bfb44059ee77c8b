#pragma once

#include <cstdint>

namespace elbow {

/// Stateless data order: a keyed bijection of [0, size), O(1) per index. Feistel network keyed by
/// Philox on the next even power of two, cycle walking back into range (Black & Rogaway, "Ciphers
/// with arbitrary finite domains", CT-RSA 2002, section 3). Version 1; old versions stay in the
/// code, since a checkpoint names the one it used.
class Permutation {
 public:
  static constexpr int kVersion = 1;
  Permutation(std::uint64_t seed, std::uint64_t epoch, std::int64_t size);
  std::int64_t operator()(std::int64_t index) const;

 private:
  std::uint64_t key_;
  std::int64_t size_;
  int half_bits_;
};

}  // namespace elbow
