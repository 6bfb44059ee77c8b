#pragma once

#include <cstdint>
#include <vector>

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
  /// Of begin, begin + 1, ..., end - 1: the same, a multiple as fast.
  std::vector<std::int64_t> range(std::int64_t begin, std::int64_t end) const;

 private:
  void check(std::int64_t index) const;
  void walk_together(std::int64_t begin, std::vector<std::int64_t>& out) const;

  std::uint64_t key_;
  std::int64_t size_;
  int half_bits_;
};

}  // namespace elbow
