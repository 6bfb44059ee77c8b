#include "elbow/probability/targets/gaussian.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/linalg_solve_triangular.h>

#include <cmath>

#include "elbow/foundations/core/constants.h"

namespace elbow {
namespace {

std::string place(std::int64_t size, std::int64_t row, std::int64_t column) {
  return "covariance[" + std::to_string(row * size + column) + "]";
}

void check_symmetric(const ConfigNode& config,
                     const std::vector<double>& covariance,
                     std::int64_t size) {
  const auto at = [&](std::int64_t row, std::int64_t column) {
    return covariance[static_cast<std::size_t>(row * size + column)];
  };
  for (std::int64_t row = 1; row < size; ++row)
    for (std::int64_t column = 0; column < row; ++column) {
      if (at(row, column) == at(column, row)) continue;
      config.refuse("row " + std::to_string(row) + ", column " + std::to_string(column) +
                        " must equal " + place(size, column, row) + ", which is " +
                        Json(at(column, row)).dump() + ", got " + Json(at(row, column)).dump(),
                    "a covariance is symmetric",
                    place(size, row, column));
    }
}

void check_positive_definite(const ConfigNode& config, const Tensor& covariance) {
  const auto bad = std::get<1>(at::linalg_cholesky_ex(covariance)).item<int>();
  if (bad == 0) return;
  config.refuse("must be positive definite, but its first " + std::to_string(bad) +
                    " rows and columns are not",
                "make row " + std::to_string(bad - 1) + " more independent of the rows before it",
                place(covariance.size(0), bad - 1, bad - 1));
}

Tensor read_covariance(const ConfigNode& config, std::int64_t size) {
  const std::vector<double> flat = config.numbers("covariance");
  if (static_cast<std::int64_t>(flat.size()) != size * size)
    config.refuse("expected " + std::to_string(size * size) + " numbers, " + std::to_string(size) +
                      " rows of " + std::to_string(size) + ", got " + std::to_string(flat.size()),
                  "the size is that of the mean",
                  "covariance");
  check_symmetric(config, flat, size);
  Tensor out = tensor_of(flat, {size, size});
  check_positive_definite(config, out);
  return out;
}

Tensor read_correlation(const ConfigNode& config, std::int64_t size) {
  if (size != 2)
    config.refuse("is for two dimensions, but the mean has " + std::to_string(size),
                  "give a covariance",
                  "correlation");
  const double r = config.number("correlation");
  return tensor_of({1, r, r, 1}, {2, 2});
}

}  // namespace

GaussianTarget::GaussianTarget(const Tensor& mean, const Tensor& covariance)
    : mean_(mean),
      covariance_(covariance),
      factor_(at::linalg_cholesky(covariance)),
      whitening_(at::linalg_solve_triangular(
                     factor_, at::eye(mean.size(0), mean.options()), /*upper=*/false)
                     .t()
                     .contiguous()),
      log_peak_(-factor_.diagonal().log().sum().item<double>() -
                kHalfLog2Pi * static_cast<double>(mean.size(0))) {}

ComponentInfo GaussianTarget::info() {
  TargetTraits traits;
  traits.has_sample = true;
  return ComponentInfo::of("gaussian", "Normal with any covariance")
      .source("Bishop, \"Pattern Recognition and Machine Learning\", 2006, sections 2.3 and 10.1.2")
      .takes(
          {Parameter::numbers("mean", "mean; its length is the dimension D").defaults({0, 0}),
           Parameter::numbers(
               "covariance",
               "D * D numbers, row by row, symmetric and positive definite; the identity "
               "when neither this nor correlation is set")
               .optional(),
           Parameter::number("correlation", "instead of a covariance: two dimensions of variance 1")
               .optional()
               .above(-1)
               .below(1)})
      .with(traits);
}

TargetPtr GaussianTarget::create(const ConfigNode& config) {
  const std::vector<double> mean = config.numbers("mean");
  const auto size = static_cast<std::int64_t>(mean.size());
  if (size == 0) config.refuse("expected at least one number, got none", "", "mean");
  if (config.has("covariance") && config.has("correlation"))
    config.refuse("covariance is set too", "remove one of the two", "correlation");
  const Tensor centre = tensor_of(mean, {size});
  const Tensor covariance = config.has("covariance")    ? read_covariance(config, size)
                            : config.has("correlation") ? read_correlation(config, size)
                                                        : at::eye(size, centre.options());
  return std::make_shared<GaussianTarget>(centre, covariance);
}

std::optional<Moments> GaussianTarget::moments() const {
  return Moments{mean_.value(), covariance_.value()};
}

Tensor GaussianTarget::log_density_of(const Tensor& z) const {
  const Tensor white = (z - mean_.like(z)).matmul(whitening_.like(z));
  return white.square().sum(-1).mul(-0.5) + log_peak_;
}

Tensor GaussianTarget::draw(std::int64_t n, RandomSource& source) const {
  const Tensor noise = source.normal({1, n, size()}, factor_.options());
  return mean_.value() + noise.matmul(factor_.t());
}

}  // namespace elbow
