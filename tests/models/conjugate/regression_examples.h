#pragma once

#include <ATen/ATen.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "elbow/models/conjugate/conjugate_model.h"

namespace elbow::testing {

inline const auto kDoubles = at::TensorOptions().dtype(at::kDouble);

/// Rows (x0, ..., y) with y = 0.5 + x0 - 2 x1 + ... + noise of the given deviation.
inline Tensor regression_rows_example(std::int64_t n, std::int64_t num_inputs, double noise) {
  at::Generator generator = at::detail::createCPUGenerator(41);
  const Tensor x = at::randn({n, num_inputs}, generator, kDoubles) + 0.3;
  const Tensor w = at::arange(1, num_inputs + 1, kDoubles) *
                   at::pow(at::full({}, -1.0, kDoubles), at::arange(num_inputs, kDoubles));
  const Tensor y = x.matmul(w) + 0.5 + at::randn({n}, generator, kDoubles) * noise;
  return at::cat({x, y.unsqueeze(-1)}, -1);
}

/// Old Faithful, [272, 2]: minutes of an eruption and minutes until the next. Nothing without
/// ELBOW_DATA.
inline std::optional<Tensor> faithful() {
  const char* folder = std::getenv("ELBOW_DATA");
  if (folder == nullptr) return std::nullopt;
  std::ifstream file(std::string(folder) + "/faithful/faithful.csv");
  std::string line;
  std::getline(file, line);
  std::vector<double> values;
  while (std::getline(file, line)) {
    const std::size_t cut = line.find(';');
    if (cut == std::string::npos) continue;
    values.push_back(std::stod(line.substr(0, cut)));
    values.push_back(std::stod(line.substr(cut + 1)));
  }
  if (values.empty()) return std::nullopt;
  return at::tensor(values, kDoubles).reshape({-1, 2});
}

/// Each column less its mean, over its population standard deviation.
inline Tensor standardised(const Tensor& x) {
  return (x - x.mean(0)) / x.std(0, /*unbiased=*/false);
}

inline double log_normal_density(const Tensor& x, const Tensor& mean, const Tensor& covariance) {
  const Tensor factor = at::linalg_cholesky(covariance);
  const Tensor whitened =
      at::linalg_solve_triangular(factor, (x - mean).unsqueeze(-1), /*upper=*/false);
  return (-0.5 * whitened.square().sum() - factor.diagonal().log().sum()).item<double>() -
         0.5 * static_cast<double>(x.size(0)) * std::log(2 * M_PI);
}

}  // namespace elbow::testing
