#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <unordered_set>

#include "elbow/foundations/core/config_node.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/safetensors.h"
#include "safetensors_layout.h"

namespace elbow::io {
namespace {

void require_dense(const TensorView& tensor) {
  std::uint64_t size = 0;
  const bool negative =
      std::any_of(tensor.shape.begin(), tensor.shape.end(), [](auto n) { return n < 0; });
  if (negative || tensor.shape.size() > kMaxRank ||
      !block_size(tensor.shape, tensor.dtype, &size) || size != tensor.size ||
      (tensor.size > 0 && tensor.data == nullptr)) {
    throw std::logic_error("encode_safetensors: '" + tensor.name + "' has " +
                           std::to_string(tensor.size) + " bytes, its shape and dtype need " +
                           std::to_string(size));
  }
}

std::string header_entry(const TensorView& tensor, std::size_t begin) {
  Json entry;
  entry["dtype"] = dtype_name(tensor.dtype);
  entry["shape"] = tensor.shape;
  entry["data_offsets"] = {begin, begin + tensor.size};
  return Json(tensor.name).dump() + ":" + entry.dump();
}

}  // namespace

std::string encode_safetensors(const std::vector<TensorView>& tensors,
                               const std::map<std::string, std::string>& metadata) {
  std::string header = "{";
  if (!metadata.empty()) header += Json(kMetadataKey).dump() + ":" + Json(metadata).dump();
  std::unordered_set<std::string> names{kMetadataKey};
  std::size_t data_size = 0;
  for (const auto& tensor : tensors) {
    require_dense(tensor);
    if (!names.insert(tensor.name).second) {
      throw std::logic_error("encode_safetensors: the name '" + tensor.name + "' is taken");
    }
    if (header.size() > 1) header += ",";
    header += header_entry(tensor, data_size);
    data_size += tensor.size;
  }
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  if (header.size() > kMaxHeader) {
    throw DataError(std::to_string(tensors.size()) + " tensors need a header of " +
                        std::to_string(header.size()) +
                        " bytes, a safetensors file of elbow has at most " +
                        std::to_string(kMaxHeader),
                    "use fewer layers, or shorter names");
  }
  const std::uint64_t length = header.size();
  std::string bytes(kLengthBytes, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  bytes.reserve(kLengthBytes + header.size() + data_size);
  bytes += header;
  for (const auto& tensor : tensors) {
    if (tensor.size > 0) bytes.append(tensor.data, tensor.size);
  }
  return bytes;
}

}  // namespace elbow::io
