#include "start.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/one_hot.h>

#include <algorithm>
#include <cmath>

#include "index_at.h"

namespace elbow {

namespace {

constexpr std::int64_t kMostRows = 20000;

const at::TensorOptions kFloat64 = at::TensorOptions().dtype(at::kDouble);

Tensor squared_distance(const Tensor& x, const Tensor& centre, bool is_nominal) {
  if (is_nominal) return x.ne(centre).sum(-1).to(at::kDouble);
  return (x - centre).square().sum(-1);
}

/// Index drawn with the given weights, all zero meaning equal ones.
std::int64_t draw_index(const Tensor& weights, RandomSource& source) {
  Tensor steps = weights.cumsum(0);
  if (steps[-1].item<double>() <= 0) steps = at::arange(1, weights.size(0) + 1, kFloat64);
  return index_at(steps, source.uniform({1}, kFloat64)).item<std::int64_t>();
}

}  // namespace

Batch some_rows(const InitialData& data, RandomSource& source) {
  const std::int64_t count = std::min(data.num_examples, kMostRows);
  std::vector<std::int64_t> rows;
  if (count == data.num_examples) {
    for (std::int64_t i = 0; i < count; ++i) rows.push_back(i);
  } else {
    const Tensor order =
        source.uniform({data.num_examples}, kFloat64).argsort().narrow(0, 0, count);
    const Tensor sorted = std::get<0>(order.sort()).contiguous();
    const std::int64_t* first = sorted.const_data_ptr<std::int64_t>();
    rows.assign(first, first + count);
  }
  return data.rows(rows);
}

Tensor start_responsibilities(const Tensor& x,
                              std::int64_t num_components,
                              const std::string& start,
                              bool is_nominal,
                              RandomSource& source) {
  const std::int64_t count = x.size(0);
  if (start == "random_responsibilities") {
    // Exponential draws over their sum are uniform on the simplex.
    const Tensor draws = -source.uniform({count, num_components}, kFloat64).log();
    return draws / draws.sum(-1, /*keepdim=*/true);
  }
  Tensor nearest = at::full({count}, INFINITY, kFloat64);
  Tensor owner = at::full({count}, 0, at::kLong);
  for (std::int64_t k = 0; k < num_components; ++k) {
    const bool far = start == "kmeans++" && k > 0;
    const Tensor weights = far ? nearest : at::full({count}, 1.0, kFloat64);
    std::int64_t centre = draw_index(weights, source);
    // Two classes that begin at equal examples would leave one of them empty.
    const Tensor differs = nearest.gt(0);
    if (!differs[centre].item<bool>() && differs.any().item<bool>())
      centre = draw_index(differs.to(at::kDouble), source);
    const Tensor distance = squared_distance(x, x[centre], is_nominal);
    owner = owner.masked_fill(distance < nearest, k);
    nearest = nearest.minimum(distance);
  }
  return at::one_hot(owner, num_components).to(at::kDouble);
}

}  // namespace elbow
