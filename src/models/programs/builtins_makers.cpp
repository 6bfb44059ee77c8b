// Making containers.
#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>

#include "builtin_tables.h"

namespace elbow::programs {
namespace {

using stan::Base;
using stan::Expr;

void check_sizes(Evaluation& at, const Expr& call, const std::vector<std::int64_t>& sizes) {
  for (const std::int64_t one : sizes)
    if (one < 0) at.refuse(call.place, "a size is " + std::to_string(one), "sizes are 0 or more");
  at.need_room(call.place, sizes);
}

/// The same value again and again. @param sizes in front of its own
Value repeated(Evaluation& at,
               const Expr& call,
               const Value& value,
               const std::vector<std::int64_t>& sizes) {
  std::vector<std::int64_t> all = value.sizes();
  all.insert(all.begin(), sizes.begin(), sizes.end());
  check_sizes(at, call, all);
  if (value.type.base == Base::integer && call.type.base == Base::integer) {
    Value whole = value;
    whole.settle();
    const Tensor one =
        value.is_scalar() ? at::scalar_tensor(value.integer, at::kLong) : whole.tensor;
    std::vector<std::int64_t> shape = sizes;
    for (const std::int64_t size : one.sizes()) shape.push_back(size);
    return Value::of(call.type, one.expand(shape).contiguous(), false);
  }
  Tensor one = value.whole();
  const std::size_t first = value.is_batched ? 1 : 0;
  std::vector<std::int64_t> shape = one.sizes().vec();
  shape.insert(shape.begin() + static_cast<long>(first), sizes.begin(), sizes.end());
  for (std::size_t i = 0; i < sizes.size(); ++i)
    one = one.unsqueeze(static_cast<std::int64_t>(first));
  const Tensor wide = one.expand(shape);
  return result(call, value.is_batched ? wide : wide.contiguous(), value.is_batched);
}

Value rep_matrix(Evaluation& at, const Expr& call, Arguments& values) {
  if (values.size() == 3)
    return repeated(at, call, values[0], {values[1].integer, values[2].integer});
  // A vector gives columns, a row vector rows.
  check_sizes(at, call, {values[0].size(), values[1].integer});
  const Tensor one = values[0].whole();
  const bool is_column = values[0].type.base == Base::vector;
  const Tensor wide = one.unsqueeze(is_column ? -1 : -2);
  std::vector<std::int64_t> shape = wide.sizes().vec();
  shape[shape.size() - (is_column ? 1 : 2)] = values[1].integer;
  return result(call, wide.expand(shape).contiguous(), values[0].is_batched);
}

Value linspaced(Evaluation& at, const Expr& call, Arguments& values) {
  const std::int64_t count = values[0].integer;
  check_sizes(at, call, {count});
  if (call.type.base == Base::integer) {
    std::vector<std::int64_t> out;
    const std::int64_t low = values[1].integer, high = values[2].integer;
    for (std::int64_t i = 0; i < count; ++i)
      out.push_back(count == 1 ? high : low + i * ((high - low) / (count - 1)));
    return Value::of(out);
  }
  const double low = values[1].as_number(), high = values[2].as_number();
  return result(
      call,
      count == 1 ? at::full({1}, high, at::kDouble) : at::linspace(low, high, count, at::kDouble),
      false);
}

}  // namespace

void add_makers(Builtins& all) {
  for (const char* name : {"rep_vector", "rep_row_vector"})
    all[name] = [](Evaluation& at, const Expr& call, Arguments& values) {
      return repeated(at, call, values[0], {values[1].integer});
    };
  all["rep_array"] = [](Evaluation& at, const Expr& call, Arguments& values) {
    std::vector<std::int64_t> sizes;
    for (std::size_t i = 1; i < values.size(); ++i) sizes.push_back(values[i].integer);
    return repeated(at, call, values[0], sizes);
  };
  all["rep_matrix"] = rep_matrix;
  const auto constant = [&all](const char* name, double number) {
    all[name] = [number](Evaluation& at, const Expr& call, Arguments& values) {
      check_sizes(at, call, {values[0].integer});
      const auto kind = call.type.base == Base::integer ? at::kLong : at::kDouble;
      return Value::of(call.type, at::full({values[0].integer}, number, kind), false);
    };
  };
  for (const char* name : {"zeros_vector", "zeros_row_vector", "zeros_array", "zeros_int_array"})
    constant(name, 0);
  for (const char* name : {"ones_vector", "ones_row_vector", "ones_array", "ones_int_array"})
    constant(name, 1);
  for (const char* name :
       {"linspaced_vector", "linspaced_row_vector", "linspaced_array", "linspaced_int_array"})
    all[name] = linspaced;
  all["one_hot_vector"] = [](Evaluation& at, const Expr& call, Arguments& values) {
    check_sizes(at, call, {values[0].integer});
    Tensor out = at::zeros({values[0].integer}, at::kDouble);
    if (values[1].integer < 1 || values[1].integer > values[0].integer)
      at.refuse(
          call.place, "one_hot_vector: the place is outside of the vector", "places begin at 1");
    out[values[1].integer - 1] = 1;
    return result(call, out, false);
  };
}

}  // namespace elbow::programs
