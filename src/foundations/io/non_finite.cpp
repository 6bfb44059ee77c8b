#include <cstring>

#include "elbow/foundations/io/safetensors.h"

namespace elbow::io {
namespace {

/// IEEE 754: all bits of the exponent set is an infinity or a NaN.
template <typename Bits>
std::optional<std::size_t> find_exponent(const TensorView& tensor, Bits exponent) {
  for (std::size_t i = 0; i < tensor.size / sizeof(Bits); ++i) {
    Bits bits = 0;
    std::memcpy(&bits, tensor.data + i * sizeof(Bits), sizeof(Bits));
    if ((bits & exponent) == exponent) return i;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> first_non_finite(const TensorView& tensor) {
  switch (tensor.dtype) {
    case DType::F64:
      return find_exponent<std::uint64_t>(tensor, 0x7FF0000000000000u);
    case DType::F32:
      return find_exponent<std::uint32_t>(tensor, 0x7F800000u);
    case DType::F16:
      return find_exponent<std::uint16_t>(tensor, 0x7C00u);
    case DType::BF16:
      return find_exponent<std::uint16_t>(tensor, 0x7F80u);
    default:
      return std::nullopt;
  }
}

}  // namespace elbow::io
