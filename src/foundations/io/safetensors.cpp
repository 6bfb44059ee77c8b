#include "elbow/foundations/io/safetensors.h"

#include <array>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

#include "elbow/foundations/core/error.h"
#include "safetensors_layout.h"
#include "strict_json.h"

namespace elbow::io {
namespace {

constexpr std::size_t kMaxHeaderDepth = 4;

struct DTypeInfo {
  DType dtype;
  const char* name;
  std::size_t size;
};
constexpr std::array<DTypeInfo, 10> kDTypes{{{DType::F64, "F64", 8},
                                             {DType::F32, "F32", 4},
                                             {DType::F16, "F16", 2},
                                             {DType::BF16, "BF16", 2},
                                             {DType::I64, "I64", 8},
                                             {DType::I32, "I32", 4},
                                             {DType::I16, "I16", 2},
                                             {DType::I8, "I8", 1},
                                             {DType::U8, "U8", 1},
                                             {DType::BOOL, "BOOL", 1}}};

const DTypeInfo& info(DType dtype) {
  for (const auto& entry : kDTypes) {
    if (entry.dtype == dtype) return entry;
  }
  throw std::logic_error("unknown safetensors dtype");
}

/// Reads one file's header against its length.
class Decoder {
 public:
  Decoder(Safetensors* out, const std::string& source) : out_(*out), source_(source) {}

  void run() {
    const std::string_view header = find_header();
    data_begin_ = kLengthBytes + header.size();
    const StrictJson parsed = parse_strict_json(header, {source_, kLengthBytes, kMaxHeaderDepth});
    out_.tensors.reserve(parsed.key_offsets.size());
    std::size_t index = 0;
    for (const auto& [name, value] : parsed.value.items()) {
      at_ = kLengthBytes + parsed.key_offsets[index++];
      if (name == kMetadataKey) {
        read_metadata(value);
      } else {
        read_tensor(name, value);
      }
    }
    if (data_end() != out_.bytes.size()) {
      fail(data_end(),
           "expected the end of the file, where the last tensor ends, found " +
               std::to_string(out_.bytes.size() - data_end()) + " more bytes");
    }
  }

 private:
  [[noreturn]] void fail(std::size_t offset, const std::string& what) const {
    throw DataError(source_ + ": byte " + std::to_string(offset) + ": " + what,
                    "the file is damaged, or is not a safetensors file; take another copy");
  }
  [[noreturn]] void fail_entry(const std::string& name, const std::string& what) const {
    fail(at_, "tensor " + quote(name) + ": " + what);
  }
  std::size_t data_end() const { return data_begin_ + next_; }

  std::string_view find_header() const {
    const std::string& bytes = out_.bytes;
    if (bytes.size() < kLengthBytes) {
      fail(bytes.size(),
           "expected 8 bytes with the length of the header, the file ends after " +
               std::to_string(bytes.size()));
    }
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    if (length > kMaxHeader) {
      fail(0,
           "header length is " + std::to_string(length) + ", expected at most " +
               std::to_string(kMaxHeader));
    }
    if (length > bytes.size() - kLengthBytes) {
      fail(0,
           "header length is " + std::to_string(length) + ", the file has only " +
               std::to_string(bytes.size() - kLengthBytes) + " bytes after it");
    }
    if (length == 0 || bytes[kLengthBytes] != '{') {
      fail(kLengthBytes, "expected '{', the begin of the header");
    }
    return std::string_view(bytes).substr(kLengthBytes, length);
  }

  void read_metadata(const Json& value) {
    if (!value.is_object()) fail(at_, "__metadata__: expected an object of strings");
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) fail(at_, "__metadata__: " + quote(key) + ": expected a string");
      out_.metadata.emplace(key, text.get<std::string>());
    }
  }

  void read_tensor(const std::string& name, const Json& entry) {
    check_keys(name, entry);
    TensorView tensor;
    tensor.name = name;
    tensor.dtype = read_dtype(name, entry["dtype"]);
    tensor.shape = read_shape(name, entry["shape"]);
    const auto [begin, end] = read_span(name, entry["data_offsets"]);
    std::uint64_t size = 0;
    if (!block_size(tensor.shape, tensor.dtype, &size)) {
      fail_entry(name, "shape times element size overflows");
    }
    if (size != end - begin) {
      fail_entry(name,
                 "shape and dtype need " + std::to_string(size) + " bytes, data_offsets span " +
                     std::to_string(end - begin));
    }
    tensor.data = out_.bytes.data() + data_begin_ + begin;
    tensor.size = static_cast<std::size_t>(size);
    next_ = end;
    out_.tensors.push_back(std::move(tensor));
  }

  void check_keys(const std::string& name, const Json& entry) const {
    if (!entry.is_object())
      fail_entry(name, "expected an object with dtype, shape and data_offsets");
    for (const auto& [key, value] : entry.items()) {
      if (key != "dtype" && key != "shape" && key != "data_offsets") {
        fail_entry(name, "unknown key " + quote(key) + ", expected dtype, shape and data_offsets");
      }
    }
    for (const char* key : {"dtype", "shape", "data_offsets"}) {
      if (!entry.contains(key)) fail_entry(name, std::string("key '") + key + "' is missing");
    }
  }

  DType read_dtype(const std::string& name, const Json& value) const {
    if (!value.is_string()) fail_entry(name, "dtype: expected a string");
    const auto& text = value.get_ref<const std::string&>();
    std::string known;
    for (const auto& entry : kDTypes) {
      if (text == entry.name) return entry.dtype;
      known += (known.empty() ? "" : " ") + std::string(entry.name);
    }
    fail_entry(name, "unknown dtype " + quote(text) + ", expected one of " + known);
  }

  std::vector<std::int64_t> read_shape(const std::string& name, const Json& value) const {
    if (!value.is_array()) fail_entry(name, "shape: expected a list of sizes");
    if (value.size() > kMaxRank) {
      fail_entry(name,
                 "shape has " + std::to_string(value.size()) + " dimensions, expected at most " +
                     std::to_string(kMaxRank));
    }
    std::vector<std::int64_t> shape;
    for (const auto& extent : value) {
      constexpr auto kLargest =
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
      if (!extent.is_number_unsigned() || extent.get<std::uint64_t>() > kLargest) {
        fail_entry(name,
                   "shape: expected whole numbers from 0 to 2^63 - 1, found " +
                       (extent.is_number() ? extent.dump() : extent.type_name()));
      }
      shape.push_back(extent.get<std::int64_t>());
    }
    return shape;
  }

  std::pair<std::uint64_t, std::uint64_t> read_span(const std::string& name,
                                                    const Json& value) const {
    if (!value.is_array() || value.size() != 2 || !value[0].is_number_unsigned() ||
        !value[1].is_number_unsigned()) {
      fail_entry(name, "data_offsets: expected two whole numbers, begin and end");
    }
    const auto begin = value[0].get<std::uint64_t>(), end = value[1].get<std::uint64_t>();
    const std::string span =
        "data_offsets [" + std::to_string(begin) + ", " + std::to_string(end) + "]";
    if (end < begin) fail_entry(name, span + " are reversed");
    if (begin < next_) {
      fail_entry(name, span + " overlap the tensor before, which ends at " + std::to_string(next_));
    }
    if (begin > next_) {
      fail_entry(name, span + " leave a gap: the tensor before ends at " + std::to_string(next_));
    }
    const std::uint64_t available = out_.bytes.size() - data_begin_;
    if (end > available) {
      fail_entry(
          name,
          span + " reach past the file, which has " + std::to_string(available) + " bytes of data");
    }
    return {begin, end};
  }

  Safetensors& out_;
  const std::string& source_;
  std::size_t data_begin_ = 0;  ///< byte of the file where data begins
  std::size_t next_ = 0;        ///< where the next tensor must begin, counted from there
  std::size_t at_ = 0;          ///< byte of the header's entry being read
};

}  // namespace

bool block_size(const std::vector<std::int64_t>& shape, DType dtype, std::uint64_t* size) {
  std::uint64_t product = dtype_size(dtype);
  bool fits = true;
  for (const std::int64_t extent : shape) {
    fits = fits && !__builtin_mul_overflow(product, static_cast<std::uint64_t>(extent), &product);
  }
  *size = product;
  return fits && product <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
}

const char* dtype_name(DType dtype) { return info(dtype).name; }
std::size_t dtype_size(DType dtype) { return info(dtype).size; }

const TensorView* Safetensors::find(const std::string& name) const {
  for (const auto& tensor : tensors) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

Safetensors decode_safetensors(std::string bytes, const std::string& source) {
  Safetensors file;
  file.bytes = std::move(bytes);
  Decoder(&file, source).run();
  return file;
}

}  // namespace elbow::io
