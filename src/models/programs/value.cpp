#include "elbow/models/programs/value.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/unbind.h>

#include <limits>

namespace elbow::programs {
namespace {

using stan::Base;
using stan::Type;

}  // namespace

Type type_of_parts(Type type) {
  if (type.array > 0)
    --type.array;
  else
    type.base = type.base == Base::matrix ? Base::row_vector : Base::real;
  return type;
}

Value Value::of(std::int64_t integer) {
  Value out;
  out.type = {Base::integer, 0};
  out.integer = integer;
  return out;
}

Value Value::of(double number) {
  Value out;
  out.type = {Base::real, 0};
  out.number = number;
  return out;
}

Value Value::of(Type type, const Tensor& tensor, bool is_batched) {
  Value out;
  out.type = type;
  if (type.is_real() && !is_batched) {
    out.number = tensor.item<double>();
    return out;
  }
  out.tensor = tensor;
  out.is_batched = is_batched;
  return out;
}

Value Value::of(const std::vector<std::int64_t>& integers) {
  Value out;
  out.type = {Base::integer, 1};
  out.tensor = at::tensor(integers, at::kLong);
  return out;
}

Tensor Value::whole() const {
  if (type.is_scalar() && !is_batched) return at::scalar_tensor(as_number(), at::kDouble);
  const_cast<Value*>(this)->settle();  // what the value is anyway
  return tensor.scalar_type() == at::kDouble ? tensor : tensor.to(at::kDouble);
}

void Value::settle() {
  if (type.is_scalar() || tensor.defined()) return;
  const Value stacked = joined(type, *parts);
  tensor = stacked.tensor;
  is_batched = stacked.is_batched;
}

std::vector<std::int64_t> Value::sizes() const {
  if (type.is_scalar()) return {};
  if (!tensor.defined()) {
    std::vector<std::int64_t> out = parts->front().sizes();
    out.insert(out.begin(), static_cast<std::int64_t>(parts->size()));
    return out;
  }
  std::vector<std::int64_t> out = tensor.sizes().vec();
  if (is_batched) out.erase(out.begin());
  return out;
}

std::int64_t Value::size() const {
  if (tensor.defined()) return tensor.size(is_batched ? 1 : 0);
  return static_cast<std::int64_t>(parts->size());
}

Value Value::part(std::int64_t i) const {
  if (parts) return (*parts)[static_cast<std::size_t>(i)];
  const Type inner = type_of_parts(type);
  if (!is_batched && inner.is_scalar()) {
    const std::int64_t at = i * tensor.stride(0);
    if (inner.is_integer()) return of(tensor.const_data_ptr<std::int64_t>()[at]);
    return of(tensor.const_data_ptr<double>()[at]);
  }
  if (!is_batched) return of(inner, tensor.select(0, i), false);
  const_cast<Value*>(this)->split();
  return (*parts)[static_cast<std::size_t>(i)];
}

void Value::split() {
  if (parts) return;
  const Type inner = type_of_parts(type);
  auto out = std::make_shared<Parts>();
  const std::int64_t count = size();
  out->reserve(static_cast<std::size_t>(count));
  if (!is_batched) {
    for (std::int64_t i = 0; i < count; ++i) out->push_back(part(i));
  } else {
    for (const Tensor& one : at::unbind(tensor, 1)) out->push_back(of(inner, one, true));
  }
  parts = std::move(out);
}

Value& Value::part_to_write(std::int64_t i) {
  split();
  if (parts.use_count() > 1) parts = std::make_shared<Parts>(*parts);
  tensor = Tensor();
  is_batched = false;  // known again once it is stacked
  return (*parts)[static_cast<std::size_t>(i)];
}

std::vector<std::int64_t> Value::integers() const {
  if (!tensor.defined()) {
    std::vector<std::int64_t> out;
    for (const Value& one : *parts) out.push_back(one.integer);
    return out;
  }
  const Tensor flat = tensor.contiguous();
  const auto* begin = flat.const_data_ptr<std::int64_t>();
  return {begin, begin + flat.numel()};
}

double Value::as_number() const {
  if (type.is_integer()) return static_cast<double>(integer);
  if (!is_batched) return number;
  if (tensor.size(0) != 1) throw NeedsSingleDraws();
  return tensor.item<double>();
}

Value joined(const Type& type, std::vector<Value> parts) {
  if (parts.empty()) {
    const std::vector<std::int64_t> none(static_cast<std::size_t>(type.num_dimensions()), 0);
    return Value::of(
        type, at::empty(none, type.base == Base::integer ? at::kLong : at::kDouble), false);
  }
  std::int64_t draws = 0;
  const Type inner = type_of_parts(type);
  std::vector<Tensor> tensors;
  if (inner.is_integer()) {
    std::vector<std::int64_t> integers;
    for (const Value& one : parts) integers.push_back(one.integer);
    Value out = Value::of(integers);
    out.type = type;
    return out;
  }
  const bool are_integers = type.base == Base::integer;
  for (Value& one : parts) {
    one.settle();
    Tensor whole = are_integers ? one.tensor : one.whole();
    if (one.is_batched) draws = whole.size(0);
    tensors.push_back(std::move(whole));
  }
  Value out;
  out.type = type;
  out.is_batched = draws > 0;
  if (draws > 0)
    for (std::size_t i = 0; i < parts.size(); ++i)
      if (!parts[i].is_batched) {
        std::vector<std::int64_t> shape = tensors[i].sizes().vec();
        shape.insert(shape.begin(), draws);
        tensors[i] = tensors[i].expand(shape);
      }
  out.tensor = at::stack(tensors, draws > 0 ? 1 : 0);
  return out;
}

Value converted(const Value& value, const Type& type) {
  if (value.type == type) return value;
  Value out = value;
  if (value.type.base == Base::integer && type.is_scalar())
    return Value::of(static_cast<double>(value.integer));
  out.settle();
  out.type = type;
  if (value.type.base != Base::integer) return out;
  out.parts = nullptr;
  out.tensor = out.tensor.to(at::kDouble);
  return out;
}

Value undefined_value(const Type& type, const std::vector<std::int64_t>& sizes) {
  if (type.is_integer()) return Value::of(kUnsetInteger);
  if (type.is_real()) return Value::of(std::numeric_limits<double>::quiet_NaN());
  Value out;
  out.type = type;
  out.tensor = type.base == Base::integer
                   ? at::full(sizes, kUnsetInteger, at::kLong)
                   : at::full(sizes, std::numeric_limits<double>::quiet_NaN(), at::kDouble);
  return out;
}

Tensor with_rank(const Value& value, std::int64_t rank) {
  const Tensor whole = value.whole();
  if (!value.is_batched || !value.is_scalar() || rank == 0) return whole;
  std::vector<std::int64_t> shape(static_cast<std::size_t>(rank) + 1, 1);
  shape[0] = whole.size(0);
  return whole.view(shape);
}

}  // namespace elbow::programs
