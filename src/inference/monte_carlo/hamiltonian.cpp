#include "elbow/inference/monte_carlo/hamiltonian.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/tensor.h>

#include <limits>

namespace elbow {
namespace {

std::vector<double> numbers_of_tensor(const Tensor& values) {
  const Tensor flat = values.to(at::kDouble).contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

}  // namespace

MassMatrix::MassMatrix(std::int64_t size)
    : size_(size), inverse_(static_cast<std::size_t>(size), 1.0) {}

MassMatrix MassMatrix::diagonal(std::vector<double> variances) {
  MassMatrix out(static_cast<std::int64_t>(variances.size()));
  out.inverse_ = std::move(variances);
  return out;
}

MassMatrix MassMatrix::dense(const Tensor& covariance) {
  MassMatrix out(covariance.size(0));
  out.is_dense_ = true;
  out.inverse_ = numbers_of_tensor(covariance);
  out.factor_ = numbers_of_tensor(at::linalg_cholesky(covariance));
  return out;
}

std::vector<double> MassMatrix::draw(ChainNoise& noise) const {
  const auto size = static_cast<std::size_t>(size_);
  std::vector<double> out(size);
  for (double& value : out) value = noise.normal();
  if (!is_dense_) {
    for (std::size_t i = 0; i < size; ++i) out[i] /= std::sqrt(inverse_[i]);
    return out;
  }
  // p = L^-T xi has covariance (L L')^-1 = M.
  for (std::size_t i = size; i-- > 0;) {
    for (std::size_t j = i + 1; j < size; ++j) out[i] -= factor_[j * size + i] * out[j];
    out[i] /= factor_[i * size + i];
  }
  return out;
}

std::vector<double> MassMatrix::velocity(const std::vector<double>& momentum) const {
  const auto size = static_cast<std::size_t>(size_);
  std::vector<double> out(size);
  if (!is_dense_) {
    for (std::size_t i = 0; i < size; ++i) out[i] = inverse_[i] * momentum[i];
    return out;
  }
  for (std::size_t i = 0; i < size; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < size; ++j) sum += inverse_[i * size + j] * momentum[j];
    out[i] = sum;
  }
  return out;
}

double MassMatrix::kinetic(const std::vector<double>& momentum) const {
  const std::vector<double> moved = velocity(momentum);
  double sum = 0;
  for (std::size_t i = 0; i < moved.size(); ++i) sum += moved[i] * momentum[i];
  return sum / 2;
}

Tensor MassMatrix::inverse() const {
  const Tensor flat = at::tensor(inverse_, at::kDouble);
  return is_dense_ ? flat.reshape({size_, size_}) : flat;
}

LeapfrogPoint::LeapfrogPoint(ChainPoint point, std::vector<double> momentum)
    : point_(std::move(point)), momentum_(std::move(momentum)) {}

const std::vector<double>& LeapfrogPoint::drift(double step, const MassMatrix& mass) {
  for (std::size_t i = 0; i < momentum_.size(); ++i) momentum_[i] += step / 2 * point_.gradient[i];
  const std::vector<double> velocity = mass.velocity(momentum_);
  for (std::size_t i = 0; i < velocity.size(); ++i) point_.position[i] += step * velocity[i];
  return point_.position;
}

void LeapfrogPoint::kick(double step, double log_density, const double* gradient) {
  point_.log_density = log_density;
  for (std::size_t i = 0; i < momentum_.size(); ++i) {
    point_.gradient[i] = gradient[i];
    momentum_[i] += step / 2 * gradient[i];
  }
}

double LeapfrogPoint::energy(const MassMatrix& mass) const {
  const double out = mass.kinetic(momentum_) - point_.log_density;
  return std::isnan(out) ? std::numeric_limits<double>::infinity() : out;
}

}  // namespace elbow
