#include "prior_variances.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/where.h>
#include <c10/core/InferenceMode.h>

#include <tuple>

#include "elbow/data/dataset/dataset.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/models/conjugate/numbers.h"
#include "elbow/models/generative/decoder.h"

namespace elbow {
namespace {

constexpr std::int64_t kPriorDraws = 4096;
/// Apart from the streams of gradients and posteriors.
constexpr std::uint64_t kPriorStream = std::uint64_t{1} << 41;

/// [N, L] float64 on the CPU.
Tensor draws_of(const Distribution& prior, std::uint64_t seed) {
  KeyedSource source(derive_key(seed, Purpose::diagnosis, kPriorStream),
                     Purpose::diagnosis,
                     row_range(0, kPriorDraws),
                     {0});
  return prior.sample({1, kPriorDraws}, source)
      .to(at::kCPU, at::kDouble)
      .reshape({kPriorDraws, -1});
}

Tensor half_width(const Tensor& draws) {
  const Tensor sorted = std::get<0>(draws.sort(0));
  const auto at_share = [&](double share) {
    return sorted[static_cast<std::int64_t>(share * static_cast<double>(kPriorDraws))];
  };
  return (at_share(0.84) - at_share(0.16)) / 2;
}

}  // namespace

std::vector<double> prior_variances(GenerativeModel& model, std::uint64_t seed) {
  Decoder* decoder = model.decoder();
  if (decoder == nullptr) return {};
  const c10::InferenceMode inference;
  const DistributionPtr prior = decoder->prior();
  Tensor variance;
  if (prior->traits().has_moments) {
    variance = prior->variance().to(at::kCPU, at::kDouble).reshape({-1});
    if (variance.isfinite().all().item<bool>()) return numbers_of(variance);
  }
  const Tensor draws = draws_of(*prior, seed);
  if (!variance.defined()) return numbers_of(draws.var(0, /*unbiased=*/true));
  return numbers_of(at::where(variance.isfinite(), variance, half_width(draws).square()));
}

}  // namespace elbow
