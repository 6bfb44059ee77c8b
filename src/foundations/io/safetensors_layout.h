#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "elbow/foundations/io/safetensors.h"

namespace elbow::io {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "tensors are written as they lie in memory");

inline constexpr std::size_t kLengthBytes = 8;
inline constexpr std::size_t kMaxHeader = std::size_t{1} << 20;
inline constexpr std::size_t kMaxRank = 16;
inline constexpr char kMetadataKey[] = "__metadata__";

/// Bytes of a dense block; false when they do not fit in 63 bits.
bool block_size(const std::vector<std::int64_t>& shape, DType dtype, std::uint64_t* size);

}  // namespace elbow::io
