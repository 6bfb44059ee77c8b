#include "elbow/runs/evaluate/mutual_information.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "elbow/models/conjugate/numbers.h"

namespace elbow {
namespace {

/// Values of z that every posterior is asked about at once.
constexpr std::int64_t kValuesAtOnce = 64;

/// ln q_j(z_i) for some i and all j. @param z [n, L] @return [n, N] float64 on the CPU
Tensor all_densities(const Distribution& posterior, const Tensor& z) {
  const std::int64_t count = posterior.batch_shape().at(0);
  Shape shape = z.sizes().vec();
  shape.insert(shape.begin() + 1, count);
  return posterior.log_prob(z.unsqueeze(1).expand(shape)).to(at::kCPU, at::kDouble);
}

/// ln q_i(z_i) - ln (1/N) sum_j q_j(z_i). @param z [N, L] @return [N]
Tensor one_draw(const Distribution& posterior, const Tensor& z) {
  const std::int64_t count = z.size(0);
  std::vector<Tensor> parts;
  for (std::int64_t begin = 0; begin < count; begin += kValuesAtOnce) {
    const std::int64_t size = std::min(kValuesAtOnce, count - begin);
    const Tensor densities = all_densities(posterior, z.narrow(0, begin, size));
    parts.push_back(densities.diagonal(begin) - densities.logsumexp({1}));
  }
  return at::cat(parts) + std::log(static_cast<double>(count));
}

}  // namespace

std::vector<double> mutual_information(const Distribution& posterior,
                                       const std::vector<std::int64_t>& rows,
                                       std::int64_t draws,
                                       std::uint64_t seed) {
  const c10::InferenceMode inference;
  std::vector<std::int64_t> particles(static_cast<std::size_t>(draws));
  std::iota(particles.begin(), particles.end(), 0);
  KeyedSource source(seed, Purpose::diagnosis, rows, std::move(particles));
  const Tensor z = posterior.sample({draws}, source);
  std::vector<double> sums(rows.size(), 0.0), out;
  std::vector<int> counts(rows.size(), 0);
  for (std::int64_t s = 0; s < draws; ++s) {
    const std::vector<double> each = numbers_of(one_draw(posterior, z[s]));
    for (std::size_t i = 0; i < each.size(); ++i) {
      // A draw that rounding put outside of the support, where every density is 0.
      if (std::isnan(each[i])) continue;
      sums[i] += each[i];
      ++counts[i];
    }
  }
  for (std::size_t i = 0; i < sums.size(); ++i)
    if (counts[i] > 0) out.push_back(sums[i] / counts[i]);
  return out;
}

}  // namespace elbow
