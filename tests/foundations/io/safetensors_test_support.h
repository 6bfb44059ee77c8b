#pragma once

#include <cstring>

#include "elbow/foundations/io/safetensors.h"
#include "io_test_support.h"

namespace elbow::io {

inline std::string little_endian(std::uint64_t value) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}
/// A file with this header, unpadded, and this data.
inline std::string file_of(const std::string& header, const std::string& data = "") {
  return little_endian(header.size()) + header + data;
}
inline TensorView view(const std::string& name,
                       DType dtype,
                       std::vector<std::int64_t> shape,
                       const std::string& data) {
  return {name, dtype, std::move(shape), data.data(), data.size()};
}
inline std::string refusal(const std::string& bytes) {
  return message_of<DataError>([&] { decode_safetensors(bytes, "m.safetensors"); });
}

}  // namespace elbow::io
