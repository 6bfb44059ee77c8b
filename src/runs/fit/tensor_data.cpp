#include "tensor_data.h"

#include <ATen/TensorOperators.h>

#include <cstring>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/hash.h"

namespace elbow {

namespace {

constexpr const char* kShapes =
    "give [N, D], images [N, C, H, W] or sequences [N, T, D], with one example at least";

data::Element element_of(const at::Tensor& stored) {
  if (stored.scalar_type() == at::kByte) return data::Element::u8;
  return stored.scalar_type() == at::kFloat ? data::Element::f32 : data::Element::f64;
}

/// In a type that a data set holds, contiguous on the CPU.
at::Tensor as_stored(const at::Tensor& examples) {
  const at::ScalarType type = examples.scalar_type();
  const bool is_byte = type == at::kByte || type == at::kBool;
  const at::Tensor out = examples.detach().cpu().contiguous();
  if (is_byte) return out.to(at::kByte);
  return type == at::kFloat ? out : out.to(at::kDouble);
}

bool is_byte(const at::Tensor& examples) {
  return examples.scalar_type() == at::kByte || examples.scalar_type() == at::kBool;
}

void check_shape(const at::Tensor& examples) {
  if (!examples.defined()) throw DataError("examples: expected a tensor, got none", kShapes);
  const std::int64_t rank = examples.dim();
  const bool is_plain = examples.layout() == at::kStrided && !examples.is_meta() &&
                        !examples.is_quantized() && !examples.is_complex();
  // Bytes are grey levels k / 255; a table of them would be divided without anybody having said so.
  const bool is_image_or_number = examples.scalar_type() != at::kByte || rank == 4;
  if (rank >= 2 && rank <= 4 && examples.numel() > 0 && is_plain && is_image_or_number) return;
  std::string shape;
  for (const std::int64_t size : examples.sizes())
    shape += (shape.empty() ? "" : ", ") + std::to_string(size);
  const std::string what = "examples: a tensor of shape [" + shape + "] and type " +
                           c10::toString(examples.scalar_type()) + " cannot be read";
  if (!is_plain) throw DataError(what, "give a dense tensor of real numbers, bytes or bools");
  if (!is_image_or_number)
    throw DataError(what, "bytes are grey images [N, C, H, W]; numbers are x.to(at::kFloat)");
  throw DataError(what, kShapes);
}

/// Where a number is missing that nobody said may be. Steps past the end of a sequence are.
void check_gaps(const at::Tensor& stored, bool allow_nan) {
  if (stored.scalar_type() == at::kByte) return;
  const at::Tensor is_infinite = stored.flatten(1).isinf().any(/*dim=*/1);
  if (is_infinite.any().item<bool>())
    throw DataError("examples: row " +
                        std::to_string(is_infinite.nonzero()[0].item<std::int64_t>()) +
                        " (from 0) has a number that is not finite",
                    "leave the row out, or mend it");
  if (allow_nan || stored.dim() == 3) return;
  const at::Tensor has_gap = stored.flatten(1).isnan().any(/*dim=*/1);
  if (!has_gap.any().item<bool>()) return;
  throw DataError("examples: row " + std::to_string(has_gap.nonzero()[0].item<std::int64_t>()) +
                      " (from 0) has NaN",
                  "leave the row out, or set data.allow_nan=true");
}

}  // namespace

data::RawData raw_data_of(const at::Tensor& examples, const std::string& split, bool allow_nan) {
  check_shape(examples);
  const at::Tensor stored = as_stored(examples);
  check_gaps(stored, allow_nan);
  data::RawData out;
  out.event_shape.assign(stored.sizes().begin() + 1, stored.sizes().end());
  out.is_binary = examples.scalar_type() == at::kBool;
  out.scale = is_byte(examples) && !out.is_binary ? 1.0 / 255 : 1.0;
  out.has_gaps = allow_nan;
  data::RawSplit& rows = out.splits[split];
  rows.images.element = element_of(stored);
  rows.images.shape.assign(stored.sizes().begin(), stored.sizes().end());
  rows.images.bytes.resize(stored.nbytes());
  std::memcpy(rows.images.bytes.data(), stored.const_data_ptr(), stored.nbytes());
  rows.sha256 = io::sha256_hex(
      {reinterpret_cast<const char*>(rows.images.bytes.data()), rows.images.bytes.size()});
  return out;
}

ComponentInfo tensor_data_row(const at::Tensor& examples) {
  check_shape(examples);
  DataTraits traits;
  traits.event = examples.dim() == 4   ? EventKind::image
                 : examples.dim() == 3 ? EventKind::sequence
                                       : EventKind::vector;
  if (is_byte(examples))
    traits.values = examples.scalar_type() == at::kBool ? DataValues::binary : DataValues::grey;
  for (const std::int64_t size : examples.sizes().slice(1)) traits.shape.push_back(size);
  std::vector<Parameter> parameters;
  if (traits.values == DataValues::grey)
    parameters.push_back(Parameter::choice("binarize",
                                           {"none", "dynamic", "static", "threshold"},
                                           "how grey levels become 0 and 1")
                             .defaults("none"));
  if (!is_byte(examples) && examples.dim() != 3)
    parameters.push_back(
        Parameter::boolean("allow_nan", "NaN is a number that was not observed").defaults(false));
  ComponentInfo out =
      ComponentInfo::of("tensors", "examples of a C++ program").takes(parameters).with(traits);
  out.kind = "data";
  return out;
}

}  // namespace elbow
