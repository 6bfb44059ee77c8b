// Cutting and joining containers.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <numeric>

#include "builtin_tables.h"

namespace elbow::programs {
namespace {

using stan::Base;
using stan::Expr;

/// @param begin from 0
Value cut(Evaluation& at, const Expr& call, Value& value, std::int64_t begin, std::int64_t count) {
  value.settle();
  if (begin < 0 || count < 0 || begin + count > value.size())
    at.refuse(call.place,
              "elements " + std::to_string(begin + 1) + " to " + std::to_string(begin + count) +
                  " of " + std::to_string(value.size()),
              "check the sizes");
  return Value::of(
      value.type, value.tensor.narrow(value.is_batched ? 1 : 0, begin, count), value.is_batched);
}

/// Both with the draws in front, where one has them.
std::vector<Tensor> with_draws(const Arguments& values, const std::vector<Tensor>& tensors) {
  std::int64_t draws = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i].is_batched) draws = tensors[i].size(0);
  std::vector<Tensor> out = tensors;
  for (std::size_t i = 0; i < values.size() && draws > 0; ++i)
    if (!values[i].is_batched) {
      std::vector<std::int64_t> shape = tensors[i].sizes().vec();
      shape.insert(shape.begin(), draws);
      out[i] = tensors[i].expand(shape);
    }
  return out;
}

Builtin append(bool is_row) {
  return [is_row](Evaluation& at, const Expr& call, Arguments& values) {
    std::vector<Tensor> tensors;
    const bool is_matrix = call.type.base == Base::matrix;
    for (const Value& one : values) {
      Tensor whole = one.whole();
      if (one.is_scalar()) whole = whole.unsqueeze(-1);
      if (is_matrix && one.type.base == Base::row_vector) whole = whole.unsqueeze(-2);
      if (is_matrix && one.type.base == Base::vector) whole = whole.unsqueeze(-1);
      tensors.push_back(whole);
    }
    const std::int64_t other = is_row ? -1 : -2;
    if (is_matrix && tensors[0].size(other) != tensors[1].size(other))
      at.refuse(call.place, "the two parts have different sizes", "they have to fit side by side");
    return result(call,
                  at::cat(with_draws(values, tensors), is_matrix && is_row ? -2 : -1),
                  any_batched(values));
  };
}

Value append_array(Evaluation&, const Expr& call, Arguments& values) {
  std::vector<Tensor> tensors;
  for (Value& one : values) {
    one = converted(one, call.type);
    one.settle();
    tensors.push_back(one.tensor);
  }
  const bool is_batched = any_batched(values);
  return Value::of(call.type, at::cat(with_draws(values, tensors), is_batched ? 1 : 0), is_batched);
}

/// Numbers in Stan's order: matrices by columns. [K?, N]
Tensor in_order(const Value& value) {
  Tensor whole = value.whole();
  if (value.type.base == Base::matrix) whole = whole.transpose(-1, -2);
  return whole.flatten(value.is_batched ? 1 : 0);
}

Value to_matrix(Evaluation& at, const Expr& call, Arguments& values) {
  const Value& from = values[0];
  if (values.size() == 1) {
    const Tensor whole = from.whole();
    if (from.type.base == Base::vector && from.type.array == 0)
      return result(call, whole.unsqueeze(-1), from.is_batched);
    if (from.type.base == Base::row_vector && from.type.array == 0)
      return result(call, whole.unsqueeze(-2), from.is_batched);
    return result(call, whole, from.is_batched);
  }
  const std::int64_t rows = values[1].integer, columns = values[2].integer;
  const Tensor flat = in_order(from);
  if (flat.size(-1) != rows * columns)
    at.refuse(call.place,
              std::to_string(flat.size(-1)) + " numbers do not fill the matrix",
              "rows times columns has to be their count");
  std::vector<std::int64_t> shape{columns, rows};
  if (from.is_batched) shape.insert(shape.begin(), flat.size(0));
  return result(call, flat.reshape(shape).transpose(-1, -2), from.is_batched);
}

Value to_array_1d(Evaluation&, const Expr& call, Arguments& values) {
  if (call.type.base == Base::integer) {
    values[0].settle();
    return Value::of(call.type, values[0].tensor.flatten(), false);
  }
  return result(call, in_order(values[0]), values[0].is_batched);
}

Builtin sorted(bool is_descending) {
  return [is_descending](Evaluation&, const Expr& call, Arguments& values) {
    values[0].settle();
    const Tensor found = std::get<0>(values[0].tensor.sort(-1, is_descending));
    return Value::of(call.type, found, values[0].is_batched);
  };
}

Builtin sort_indices(bool is_descending) {
  return [is_descending](Evaluation& at, const Expr& call, Arguments& values) {
    if (values[0].is_batched) at.need_single_draws();
    const Tensor order = values[0].whole().flatten().argsort(true, -1, is_descending);
    return Value::of(call.type, order + 1, false);
  };
}

void add_cuts(Builtins& all) {
  all["head"] = [](Evaluation& at, const Expr& call, Arguments& values) {
    return cut(at, call, values[0], 0, values[1].integer);
  };
  all["tail"] = [](Evaluation& at, const Expr& call, Arguments& values) {
    values[0].settle();
    return cut(at, call, values[0], values[0].size() - values[1].integer, values[1].integer);
  };
  all["segment"] = [](Evaluation& at, const Expr& call, Arguments& values) {
    return cut(at, call, values[0], values[1].integer - 1, values[2].integer);
  };
  all["reverse"] = [](Evaluation&, const Expr& call, Arguments& values) {
    values[0].settle();
    return Value::of(
        call.type, values[0].tensor.flip(values[0].is_batched ? 1 : 0), values[0].is_batched);
  };
  const auto matrix_part = [&all](const char* name, const auto& of) {
    all[name] = [of](Evaluation& at, const Expr& call, Arguments& values) {
      const std::vector<std::int64_t> sizes = values[0].sizes();
      std::vector<std::int64_t> numbers;
      for (std::size_t i = 1; i < values.size(); ++i) numbers.push_back(values[i].integer);
      try {
        return result(call, of(values[0].whole(), numbers), values[0].is_batched);
      } catch (const c10::Error&) {
        at.refuse(call.place,
                  call.name + ": outside of a matrix of " + std::to_string(sizes[0]) + " x " +
                      std::to_string(sizes[1]),
                  "rows and columns are counted from 1");
      }
    };
  };
  using Numbers = std::vector<std::int64_t>;
  matrix_part("row", [](const Tensor& m, const Numbers& n) {
    return m.narrow(-2, n[0] - 1, 1).squeeze(-2);
  });
  matrix_part("col", [](const Tensor& m, const Numbers& n) {
    return m.narrow(-1, n[0] - 1, 1).squeeze(-1);
  });
  matrix_part("block", [](const Tensor& m, const Numbers& n) {
    return m.narrow(-2, n[0] - 1, n[2]).narrow(-1, n[1] - 1, n[3]);
  });
  matrix_part("sub_row", [](const Tensor& m, const Numbers& n) {
    return m.narrow(-2, n[0] - 1, 1).squeeze(-2).narrow(-1, n[1] - 1, n[2]);
  });
  matrix_part("sub_col", [](const Tensor& m, const Numbers& n) {
    return m.narrow(-1, n[1] - 1, 1).squeeze(-1).narrow(-1, n[0] - 1, n[2]);
  });
}

}  // namespace

void add_shapes(Builtins& all) {
  add_cuts(all);
  all["append_row"] = append(true);
  all["append_col"] = append(false);
  all["append_array"] = append_array;
  for (const char* name : {"to_vector", "to_row_vector"})
    all[name] = [](Evaluation&, const Expr& call, Arguments& values) {
      return result(call, in_order(values[0]), values[0].is_batched);
    };
  all["to_matrix"] = to_matrix;
  all["to_array_1d"] = to_array_1d;
  all["sort_asc"] = sorted(false);
  all["sort_desc"] = sorted(true);
  all["sort_indices_asc"] = sort_indices(false);
  all["sort_indices_desc"] = sort_indices(true);
  all["rank"] = [](Evaluation& at, const Expr&, Arguments& values) {
    if (values[0].is_batched) at.need_single_draws();
    const Tensor flat = values[0].whole().flatten();
    return Value::of((flat < flat[values[1].integer - 1]).sum().item<std::int64_t>());
  };
  all["size"] = [](Evaluation&, const Expr&, Arguments& values) {
    return Value::of(values[0].is_scalar() ? 1
                     : values[0].type.base == Base::matrix && values[0].type.array == 0
                         ? values[0].sizes()[0] * values[0].sizes()[1]
                         : values[0].size());
  };
  all["num_elements"] = [](Evaluation&, const Expr&, Arguments& values) {
    std::int64_t out = 1;
    for (const std::int64_t one : values[0].sizes()) out *= one;
    return Value::of(out);
  };
  all["dims"] = [](Evaluation&, const Expr&, Arguments& values) {
    return Value::of(values[0].sizes());
  };
  all["rows"] = [](Evaluation&, const Expr&, Arguments& values) {
    return Value::of(values[0].type.base == Base::row_vector ? 1 : values[0].sizes()[0]);
  };
  all["cols"] = [](Evaluation&, const Expr&, Arguments& values) {
    return Value::of(values[0].type.base == Base::vector ? 1 : values[0].sizes().back());
  };
}

}  // namespace elbow::programs
