// Sums, means and other numbers of containers.
#include <ATen/TensorOperators.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/logaddexp.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/quantile.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/std.h>
#include <ATen/ops/var.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "builtin_tables.h"
#include "elbow/probability/distributions/cumulative_sum.h"

namespace elbow::programs {
namespace {

using stan::Base;
using stan::Expr;

/// All numbers of a container, [K?, N].
Tensor flat_of(const Value& value) { return value.whole().flatten(value.is_batched ? 1 : 0); }

template <class Operation>
Builtin of_all(const Operation& operation) {
  return [operation](Evaluation&, const Expr& call, std::vector<Value>& values) {
    const Tensor flat = flat_of(values[0]);
    return result(call, operation(flat), values[0].is_batched);
  };
}

Value sum(Evaluation&, const Expr& call, std::vector<Value>& values) {
  if (call.type.is_integer()) {
    std::int64_t out = 0;
    for (const std::int64_t one : values[0].integers()) out += one;
    return Value::of(out);
  }
  const Tensor flat = flat_of(values[0]);
  return result(call, flat.sum(-1), values[0].is_batched);
}

Value product_of_all(Evaluation&, const Expr& call, std::vector<Value>& values) {
  if (call.type.is_integer()) {
    std::int64_t out = 1;
    for (const std::int64_t one : values[0].integers()) out *= one;
    return Value::of(out);
  }
  const Tensor flat = flat_of(values[0]);
  return result(call, flat.prod(-1), values[0].is_batched);
}

Builtin extreme(bool is_max) {
  return [is_max](Evaluation& at, const Expr& call, std::vector<Value>& values) {
    if (values.size() == 2)
      return Value::of(is_max ? std::max(values[0].integer, values[1].integer)
                              : std::min(values[0].integer, values[1].integer));
    if (values[0].size() == 0)
      at.refuse(call.place, "of nothing there is no extreme", "check the size");
    if (call.type.is_integer()) {
      const std::vector<std::int64_t> all = values[0].integers();
      return Value::of(is_max ? *std::max_element(all.begin(), all.end())
                              : *std::min_element(all.begin(), all.end()));
    }
    const Tensor flat = flat_of(values[0]);
    return result(call, is_max ? flat.amax(-1) : flat.amin(-1), values[0].is_batched);
  };
}

Tensor dot(const std::vector<Value>& values) {
  return (values[0].whole() * values[1].whole()).sum(-1);
}

Value log_sum_exp(Evaluation&, const Expr& call, std::vector<Value>& values) {
  if (values.size() == 1) {
    const Tensor flat = flat_of(values[0]);
    return result(call, at::logsumexp(flat, -1), values[0].is_batched);
  }
  return result(call, at::logaddexp(values[0].whole(), values[1].whole()), any_batched(values));
}

Value log_mix(Evaluation&, const Expr& call, std::vector<Value>& values) {
  const bool is_batched = any_batched(values);
  if (values.size() == 2)
    return result(call, at::logsumexp(values[0].whole().log() + values[1].whole(), -1), is_batched);
  const Tensor share = values[0].whole();
  return result(
      call,
      at::logaddexp(share.log() + values[1].whole(), at::log1p(-share) + values[2].whole()),
      is_batched);
}

Value cumulative_sum(Evaluation&, const Expr& call, std::vector<Value>& values) {
  if (call.type.base == Base::integer) {
    std::vector<std::int64_t> all = values[0].integers();
    std::partial_sum(all.begin(), all.end(), all.begin());
    return Value::of(all);
  }
  return result(call, elbow::cumulative_sum(values[0].whole()), values[0].is_batched);
}

/// Linear between the order statistics, as R's type 7.
Value quantile(Evaluation& at, const Expr& call, std::vector<Value>& values) {
  if (any_batched(values)) at.need_single_draws();
  return result(call,
                at::quantile(flat_of(values[0]), values[1].as_number())
                    .reshape(values[0].is_batched ? at::IntArrayRef({1}) : at::IntArrayRef({})),
                values[0].is_batched);
}

}  // namespace

void add_sums(Builtins& all) {
  all["sum"] = sum;
  all["prod"] = product_of_all;
  all["mean"] = of_all([](const Tensor& x) { return x.mean(-1); });
  all["sd"] = of_all([](const Tensor& x) {
    return x.size(-1) == 1 ? x.select(-1, 0) * 0 : at::std(x, -1, /*unbiased=*/true);
  });
  all["variance"] = of_all([](const Tensor& x) {
    return x.size(-1) == 1 ? x.select(-1, 0) * 0 : at::var(x, -1, /*unbiased=*/true);
  });
  all["min"] = extreme(false);
  all["max"] = extreme(true);
  all["norm1"] = of_all([](const Tensor& x) { return x.abs().sum(-1); });
  all["norm2"] = of_all([](const Tensor& x) { return x.square().sum(-1).sqrt(); });
  all["dot_self"] = of_all([](const Tensor& x) { return x.square().sum(-1); });
  all["dot_product"] = [](Evaluation& at, const Expr& call, std::vector<Value>& values) {
    if (values[0].size() != values[1].size())
      at.refuse(call.place, "the two sides have different sizes", "make them of one size");
    return result(call, dot(values), any_batched(values));
  };
  for (const char* name : {"distance", "squared_distance"})
    all[name] = [is_root = std::string(name) == "distance"](
                    Evaluation&, const Expr& call, std::vector<Value>& values) {
      const Tensor square = (values[0].whole() - values[1].whole()).square().sum(-1);
      return result(call, is_root ? square.sqrt() : square, any_batched(values));
    };
  all["log_sum_exp"] = log_sum_exp;
  all["log_mix"] = log_mix;
  all["cumulative_sum"] = cumulative_sum;
  all["quantile"] = quantile;
  const auto along = [&all](const char* name, int dimension, bool is_self) {
    all[name] = [dimension, is_self](Evaluation&, const Expr& call, std::vector<Value>& values) {
      const Tensor product = values[0].whole() * values[is_self ? 0 : 1].whole();
      return result(call, product.sum(dimension), any_batched(values));
    };
  };
  along("rows_dot_self", -1, true);
  along("columns_dot_self", -2, true);
  along("rows_dot_product", -1, false);
  along("columns_dot_product", -2, false);
  for (const char* name : {"softmax", "log_softmax"})
    all[name] = [is_log = std::string(name) == "log_softmax"](
                    Evaluation&, const Expr& call, std::vector<Value>& values) {
      const Tensor x = values[0].whole();
      return result(
          call, is_log ? at::log_softmax(x, -1) : at::softmax(x, -1), values[0].is_batched);
    };
}

}  // namespace elbow::programs
