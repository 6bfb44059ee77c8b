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

RawData fill_splits(const ConfigNode& config, std::int64_t size, const FillRow& fill) {
  RawData out;
  out.event_shape = {size};
  out.splits["train"] = fill_split(config.integer("train_size"), size, 10, fill);
  if (config.integer("validation_size") > 0)
    out.splits["valid"] = fill_split(config.integer("validation_size"), size, 12, fill);
  out.splits["test"] = fill_split(config.integer("test_size"), size, 14, fill);
  return out;
}

}  // namespace elbow::data
