#include "normal_weights.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/models/conjugate/conjugate_model.h"
#include "elbow/probability/families/matrix_parts.h"

namespace elbow {

WeightMoments weight_moments(const Tensor& mean, std::int64_t size) {
  return {mean.narrow(-1, 0, size), as_matrix(mean.narrow(-1, size, size * size), size)};
}

Tensor checked_natural(const Tensor& weighted,
                       const Tensor& precision,
                       const std::string& what,
                       bool is_flat) {
  const auto [factor, info] = at::linalg_cholesky_ex(precision);
  // A pivot is what the columns before leave of a column: 1 - R^2 of its regression on them.
  const Tensor left = factor.diagonal(0, -2, -1).square() / precision.diagonal(0, -2, -1);
  const double least = 1e-14 * static_cast<double>(precision.size(-1));
  if (!info.eq(0).all().item<bool>() || !left.gt(least).all().item<bool>())
    throw DataError(
        what + ": the data do not determine them, columns depend on one another" +
            (is_flat ? "" : ", and what the prior adds is below the last digit of float64"),
        is_flat
            ? "use a proper prior instead of maximum likelihood, fewer columns, or more examples"
            : "set data.standardize: true, use fewer columns, or a prior of larger precision");
  return at::cat({weighted, precision.flatten(-2) * -0.5}, -1);
}

double expected_log_normal(const Tensor& log_precision,
                           const Tensor& precision,
                           const Tensor& squares) {
  return 0.5 * fixed_sum(log_precision - std::log(2 * M_PI) - precision * squares);
}

Tensor weight_covariance(const GlobalFactor& factor, const Tensor& natural) {
  const Tensor precision = factor.family->ordinary(natural).at(1).second;
  return factor.is_point ? at::zeros_like(precision) : inverse_of(precision).inverse;
}

}  // namespace elbow
