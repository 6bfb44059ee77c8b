#include "elbow/inference/particles/stein_kernel.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <c10/util/Exception.h>

#include <cmath>

namespace elbow {
namespace {

using kernels::RadialKernel;

template <class Real>
void add_pairs(RadialKernel kernel,
               const Tensor& points,
               const Tensor& scores,
               const Tensor& attraction,
               const Tensor& repulsion) {
  kernels::run_pair_sums(kernels::PairSums<Real>{kernel,
                                                 points.size(0),
                                                 points.size(1),
                                                 points.const_data_ptr<Real>(),
                                                 scores.const_data_ptr<Real>(),
                                                 attraction.mutable_data_ptr<Real>(),
                                                 repulsion.mutable_data_ptr<Real>()});
}

void check_particles(const Tensor& particles, const Tensor& scores) {
  TORCH_CHECK(particles.dim() == 2 && particles.sizes() == scores.sizes() &&
                  particles.scalar_type() == scores.scalar_type(),
              "SteinKernel: particles and scores must be [N, D] of one type, got ",
              particles.sizes(),
              " and ",
              scores.sizes());
}

}  // namespace

Tensor RadialSteinKernel::direction(const Tensor& particles, const Tensor& scores) const {
  check_particles(particles, scores);
  // With y = x / sqrt(h) the kernel is one of |y - y'|^2, and d/dx = d/dy / sqrt(h).
  const Tensor roots = bandwidth_.widths(particles).sqrt();
  const Tensor points = (particles.detach() / roots).contiguous(),
               given = scores.detach().contiguous();
  const Tensor attraction = at::empty_like(points), repulsion = at::empty_like(points);
  points.scalar_type() == at::kFloat
      ? add_pairs<float>(kernel_, points, given, attraction, repulsion)
      : add_pairs<double>(kernel_, points, given, attraction, repulsion);
  return (attraction + repulsion / roots) / static_cast<double>(points.size(0));
}

// N corners of a regular simplex with squared side D and middle 0 are at rest under the score -x
// where 1 - k(D) = -2 N k'(D), k as a function of r2 and k' its slope: the corners' sums over j are
// multiples of x_i, since they add up to 0. With u = D / h:
//   RBF: 1 - exp(-u) = 2 N exp(-u) / h,  IMQ: 1 - (1 + u)^(-1/2) = N (1 + u)^(-3/2) / h.
std::optional<double> RadialSteinKernel::spread_of_simplex(std::int64_t num_particles) const {
  const auto n = static_cast<double>(num_particles);
  if (num_particles < 2) return 0;
  const bool is_rbf = kernel_ == RadialKernel::exponential;
  const auto width_at = [&](double u) {
    return is_rbf ? 2 * n / std::expm1(u) : n / ((std::sqrt(1 + u) - 1) * (1 + u));
  };
  const auto spread = [n](double side) { return side * (n - 1) / (2 * n); };
  if (const auto relative = bandwidth_.width_of_simplex(num_particles)) {
    const double u = 1 / *relative;
    return spread(u * width_at(u));
  }
  if (bandwidth_.rule != BandwidthRule::fixed) return std::nullopt;
  double low = 1e-12, high = 1e12;  // of u; the width falls in it
  for (int i = 0; i < 200; ++i) {
    const double middle = std::sqrt(low * high);
    (width_at(middle) > bandwidth_.factor ? low : high) = middle;
  }
  return spread(low * bandwidth_.factor);
}

std::vector<std::pair<std::string, double>> RadialSteinKernel::values(
    const Tensor& particles) const {
  return {{"bandwidth", bandwidth_.widths(particles).mean().item<double>()}};
}

Tensor LinearSteinKernel::direction(const Tensor& particles, const Tensor& scores) const {
  check_particles(particles, scores);
  const Tensor x = particles.detach(), given = scores.detach();
  return given.mean(0, /*keepdim=*/true) + x.mm(x.t().mm(given) / static_cast<double>(x.size(0))) +
         x;
}

Tensor SumSteinKernel::direction(const Tensor& particles, const Tensor& scores) const {
  Tensor sum = kernels_.front()->direction(particles, scores);
  for (std::size_t i = 1; i < kernels_.size(); ++i)
    sum = sum + kernels_[i]->direction(particles, scores);
  return sum;
}

std::vector<std::pair<std::string, double>> SumSteinKernel::values(const Tensor& particles) const {
  std::vector<std::pair<std::string, double>> out;
  for (std::size_t i = 0; i < kernels_.size(); ++i)
    for (const auto& [name, value] : kernels_[i]->values(particles))
      out.emplace_back(name + "_" + std::to_string(i + 1), value);
  return out;
}

}  // namespace elbow
