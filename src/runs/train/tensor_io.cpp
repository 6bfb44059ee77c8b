#include "elbow/runs/train/tensor_io.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>

#include <cstring>
#include <stdexcept>

#include "elbow/foundations/core/error.h"

namespace elbow {

namespace {

struct TypePair {
  io::DType stored;
  at::ScalarType type;
};

constexpr TypePair kTypes[] = {{io::DType::F64, at::kDouble},
                               {io::DType::F32, at::kFloat},
                               {io::DType::F16, at::kHalf},
                               {io::DType::BF16, at::kBFloat16},
                               {io::DType::I64, at::kLong},
                               {io::DType::I32, at::kInt},
                               {io::DType::I16, at::kShort},
                               {io::DType::I8, at::kChar},
                               {io::DType::U8, at::kByte},
                               {io::DType::BOOL, at::kBool}};

io::DType stored_type(at::ScalarType type) {
  for (const auto& pair : kTypes)
    if (pair.type == type) return pair.stored;
  throw std::logic_error("a tensor has a type that safetensors does not know");
}

at::ScalarType tensor_type(io::DType stored) {
  for (const auto& pair : kTypes)
    if (pair.stored == stored) return pair.type;
  throw std::logic_error("unknown stored type");
}

}  // namespace

std::string encode_tensors(const NamedTensors& tensors, bool require_finite) {
  std::vector<io::TensorView> views;
  std::vector<Tensor> keep;
  for (const auto& [name, tensor] : tensors) {
    if (require_finite && tensor.is_floating_point() && !tensor.isfinite().all().item<bool>())
      throw NumericalError("tensor '" + name + "' is not finite: it is not written");
    // A view's storage may be a whole flat buffer: only its own elements are written.
    keep.push_back(tensor.detach().to(at::kCPU).contiguous());
    const Tensor& copy = keep.back();
    views.push_back({name,
                     stored_type(copy.scalar_type()),
                     copy.sizes().vec(),
                     static_cast<const char*>(copy.const_data_ptr()),
                     copy.nbytes()});
  }
  return io::encode_safetensors(views);
}

NamedTensors decode_tensors(std::string bytes, const std::string& source) {
  const io::Safetensors file = io::decode_safetensors(std::move(bytes), source);
  NamedTensors out;
  for (const auto& view : file.tensors) {
    Tensor tensor = at::empty(view.shape, at::TensorOptions().dtype(tensor_type(view.dtype)));
    if (view.size > 0) std::memcpy(tensor.mutable_data_ptr(), view.data, view.size);
    out.emplace_back(view.name, tensor);
  }
  return out;
}

}  // namespace elbow
