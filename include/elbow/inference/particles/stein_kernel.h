#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/core/factory.h"
#include "elbow/inference/particles/bandwidth.h"
#include "elbow/kernels/pairs.h"

namespace elbow {

using at::Tensor;

/// A positive definite kernel k(x, y) of Stein variational gradient descent.
class SteinKernel {
 public:
  virtual ~SteinKernel() = default;
  /// The direction in which N particles move so that KL(q || p) falls fastest,
  ///   phi(x_i) = 1/N sum_j [k(x_j, x_i) score_j + grad_{x_j} k(x_j, x_i)],
  /// score_j = grad ln p(x_j). Liu, Wang, 2016, arXiv:1608.04471, equation 8. No table of N x N is
  /// ever kept, and the bits are the same for any number of threads.
  /// @param particles, scores [N, D], float32 or float64 on the CPU, finite
  virtual Tensor direction(const Tensor& particles, const Tensor& scores) const = 0;
  /// The sum over coordinates of the variance of N particles at rest under a standard normal of as
  /// many dimensions as there are particles, or more: a regular simplex, whose size follows from
  /// the kernel alone. Nothing bounds those of a kernel that matches moments.
  virtual std::optional<double> spread_of_simplex(std::int64_t /*num_particles*/) const {
    return std::nullopt;
  }
  /// What follows from the particles, by name, for metrics: {"bandwidth", h}.
  virtual std::vector<std::pair<std::string, double>> values(const Tensor& /*particles*/) const {
    return {};
  }
};
using SteinKernelPtr = std::shared_ptr<const SteinKernel>;

/// A function of r = |x - y|^2 / h: exp(-r) (RBF), or (1 + r)^(-1/2), whose tails still feel
/// particles that are far away (IMQ, inverse multiquadric; Gorham, Mackey, "Measuring sample
/// quality with kernels", 2017, arXiv:1703.01717).
class RadialSteinKernel : public SteinKernel {
 public:
  RadialSteinKernel(kernels::RadialKernel kernel, Bandwidth bandwidth)
      : kernel_(kernel), bandwidth_(bandwidth) {}
  Tensor direction(const Tensor& particles, const Tensor& scores) const override;
  std::optional<double> spread_of_simplex(std::int64_t num_particles) const override;
  std::vector<std::pair<std::string, double>> values(const Tensor& particles) const override;

 private:
  kernels::RadialKernel kernel_;
  Bandwidth bandwidth_;
};

/// 1 + x'y: particles that it leaves at rest have the mean and the covariance of a normal target,
/// from N = D + 2 on. Liu, Wang, "Stein variational gradient descent as moment matching", 2018,
/// arXiv:1810.11693, section 3.
class LinearSteinKernel : public SteinKernel {
 public:
  Tensor direction(const Tensor& particles, const Tensor& scores) const override;
};

/// The sum of several kernels, at least one.
class SumSteinKernel : public SteinKernel {
 public:
  explicit SumSteinKernel(std::vector<SteinKernelPtr> kernels) : kernels_(std::move(kernels)) {}
  Tensor direction(const Tensor& particles, const Tensor& scores) const override;
  /// Each kernel's, with its number behind the name: "bandwidth_1".
  std::vector<std::pair<std::string, double>> values(const Tensor& particles) const override;

 private:
  std::vector<SteinKernelPtr> kernels_;
};

/// rbf, imq, linear, sum. Kind "stein_kernel".
Factory<SteinKernelPtr>& stein_kernel_factory();

}  // namespace elbow
