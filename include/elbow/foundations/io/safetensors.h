#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elbow::io {

/// safetensors element types and their sizes.
enum class DType { F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL };
const char* dtype_name(DType dtype);
std::size_t dtype_size(DType dtype);

/// A named block of bytes: row-major, little-endian.
struct TensorView {
  std::string name;
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;
  const char* data = nullptr;  ///< not owned
  std::size_t size = 0;        ///< bytes
};

/// The bytes of a safetensors file: u64 header length, JSON, data. Tensors in the given order,
/// header padded with blanks to a multiple of 8. `metadata` maps strings to strings.
/// @throws DataError when the header exceeds the cap of 1 MiB; std::logic_error for a repeated name
/// or a wrong size
std::string encode_safetensors(const std::vector<TensorView>& tensors,
                               const std::map<std::string, std::string>& metadata = {});

/// A parsed file; views point into `bytes`, which the object owns: it can be moved, not copied.
/// The bytes of a tensor need not be aligned for its type: copy them out with memcpy.
struct Safetensors {
  Safetensors() = default;
  Safetensors(Safetensors&&) = default;
  Safetensors& operator=(Safetensors&&) = default;
  Safetensors(const Safetensors&) = delete;
  Safetensors& operator=(const Safetensors&) = delete;

  std::string bytes;
  std::vector<TensorView> tensors;
  std::map<std::string, std::string> metadata;
  const TensorView* find(const std::string& name) const;  ///< null when it is not there
};

/// Checks everything of RELIABILITY section 5 before it allocates: header within file and cap (1
/// MiB), JSON depth <= 4, no duplicate name, known dtype, shape x size without overflow equals the
/// span, offsets ascending, no gap, no overlap, last byte = end of file.
/// @param source the file's name for messages
/// @throws DataError with file, byte offset, expected and found
Safetensors decode_safetensors(std::string bytes, const std::string& source);

/// Index of the first NaN or infinity, if there is one; integers have none. A checkpoint never
/// holds any.
std::optional<std::size_t> first_non_finite(const TensorView& tensor);

}  // namespace elbow::io
