#include "factor_start.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linalg_eigh.h>

#include <cmath>

#include "elbow/foundations/core/error.h"

namespace elbow {

namespace {

/// Away from zero: a feature that the factors explain wholly would have infinite precision.
Tensor floored(const Tensor& variance, const Tensor& scale) {
  return variance.clamp_min(1e-6 * scale.item<double>());
}

/// Of each feature, [D].
Tensor variances(const Tensor& x) {
  const Tensor out = x.var(0, /*unbiased=*/false);
  if (!out.sum().gt(0).item<bool>())
    throw DataError("all examples are the same: there is nothing to explain",
                    "check the columns and the rows that were chosen");
  return out;
}

}  // namespace

FactorStart principal_start(const Tensor& x, std::int64_t num_factors) {
  const Tensor variance = variances(x), mean = x.mean(0), centred = x - mean;
  const Tensor covariance =
      centred.transpose(0, 1).matmul(centred) / static_cast<double>(x.size(0));
  const auto [values, vectors] = at::linalg_eigh(covariance);
  const std::int64_t d = x.size(1), rest = d - num_factors;
  const Tensor noise =
      floored(rest > 0 ? values.narrow(0, 0, rest).mean() : values[0] * 0.0, variance.mean());
  const Tensor scale = (values.narrow(0, rest, num_factors) - noise).clamp_min(0.0).sqrt();
  Tensor loadings = (vectors.narrow(1, rest, num_factors) * scale).flip({1});
  const Tensor largest = loadings.gather(0, loadings.abs().argmax(0, /*keepdim=*/true));
  loadings = loadings * (1.0 - 2.0 * largest.lt(0).to(at::kDouble));
  const Tensor left = variance - loadings.square().sum(-1);
  return {at::cat({loadings, mean.unsqueeze(-1)}, -1), floored(left, variance.mean())};
}

FactorStart random_start(const Tensor& x, std::int64_t num_factors, RandomSource& source) {
  const Tensor variance = floored(variances(x), x.var(0, /*unbiased=*/false).mean());
  const Tensor scale = (variance * (0.5 / static_cast<double>(num_factors))).sqrt();
  const Tensor loadings =
      source.normal({x.size(1), num_factors}, x.options()) * scale.unsqueeze(-1);
  return {at::cat({loadings, x.mean(0).unsqueeze(-1)}, -1), variance * 0.5};
}

}  // namespace elbow
