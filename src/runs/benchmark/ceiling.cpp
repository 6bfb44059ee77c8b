#include "elbow/runs/benchmark/ceiling.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/add.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "elbow/foundations/core/timing.h"
#include "elbow/neural/nn/matrix_product.h"

namespace elbow {
namespace {

/// The shortest of calls that last `budget` seconds together, and of 3 at least.
double best_seconds(double budget, const std::function<void()>& call) {
  call();
  double best = 0, total = 0;
  for (int i = 0; i < 3 || total < budget; ++i) {
    const auto begin = SteadyClock::now();
    call();
    const double seconds = seconds_between(begin, SteadyClock::now());
    best = i == 0 ? seconds : std::min(best, seconds);
    total += seconds;
  }
  return best;
}

double seconds_of_product(const ProductShape& shape, at::ScalarType dtype, double budget) {
  const bool is_batch = shape.batch > 1;
  const auto matrix = [&](std::int64_t rows, std::int64_t columns) {
    const std::vector<std::int64_t> one{rows, columns}, many{shape.batch, rows, columns};
    return at::ones(is_batch ? many : one, dtype);
  };
  const at::Tensor a = matrix(shape.m, shape.k), b = matrix(shape.k, shape.n);
  at::Tensor c = matrix(shape.m, shape.n);
  return best_seconds(budget, [&] { is_batch ? at::bmm_out(c, a, b) : c = matrix_product(a, b); });
}

}  // namespace

double seconds_of_products(const MatrixWork& work, at::ScalarType dtype, double budget) {
  constexpr double kEnough = 0.95;
  const at::NoGradGuard no_grad;
  std::vector<std::pair<double, ProductShape>> shapes;
  for (const auto& [shape, times] : work)
    shapes.emplace_back(shape.flops() * static_cast<double>(times), shape);
  std::sort(shapes.begin(), shapes.end(), [](const auto& a, const auto& b) { return b < a; });
  const double total = flops_of(work);
  double seconds = 0, measured = 0;
  for (const auto& [flops, shape] : shapes) {
    if (measured >= kEnough * total) break;
    seconds += flops / shape.flops() * seconds_of_product(shape, dtype, budget * flops / total);
    measured += flops;
  }
  return measured == 0 ? 0 : seconds * total / measured;
}

double stream_rate(double bytes, double budget) {
  const at::NoGradGuard no_grad;
  const auto count = std::max<std::int64_t>(1024, static_cast<std::int64_t>(bytes / 12));
  const at::Tensor b = at::ones({count}, at::kFloat), c = at::ones({count}, at::kFloat);
  at::Tensor a = at::empty({count}, at::kFloat);
  const double seconds = best_seconds(budget, [&] { at::add_out(a, b, c, 3.0); });
  return 12.0 * static_cast<double>(count) / seconds;
}

}  // namespace elbow
