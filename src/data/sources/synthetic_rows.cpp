#include "synthetic_rows.h"

#include "elbow/foundations/io/hash.h"

namespace elbow::data {

RawSplit fill_split(std::int64_t rows,
                    std::int64_t size,
                    std::uint32_t stream,
                    const FillRow& fill) {
  check_synthetic_size(rows, size * static_cast<std::int64_t>(sizeof(double)));
  RawSplit out;
  out.images.element = Element::f64;
  out.images.shape = {rows, size};
  out.images.bytes.resize(static_cast<std::size_t>(rows * size) * sizeof(double));
  double* x = out.images.as<double>();
  for (std::int64_t row = 0; row < rows; ++row, x += size) fill(stream, row, x);
  const auto& bytes = out.images.bytes;
  out.sha256 = io::sha256_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return out;
}

std::uint32_t stream_of_split(const std::string& split) {
  return split == "train" ? 10 : split == "valid" ? 12 : 14;
}

RawData fill_splits(const ConfigNode& config, std::int64_t size, const FillRow& fill) {
  RawData out;
  out.event_shape = {size};
  const auto add = [&](const std::string& split, std::int64_t rows) {
    if (rows > 0) out.splits[split] = fill_split(rows, size, stream_of_split(split), fill);
  };
  add("train", config.integer("train_size"));
  add("valid", config.integer("validation_size"));
  add("test", config.integer("test_size"));
  return out;
}

}  // namespace elbow::data
