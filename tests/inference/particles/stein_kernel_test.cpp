// Kernels and bandwidths of SVGD against dense sums, and against fixed points that are known
// exactly.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "elbow/inference/particles/stein_kernel.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using kernels::RadialKernel;

Tensor normals(std::int64_t n, std::int64_t size, std::uint64_t seed) {
  return at::randn({n, size}, at::make_generator<at::CPUGeneratorImpl>(seed), at::kDouble);
}

Tensor squares(const Tensor& x) { return (x.unsqueeze(0) - x.unsqueeze(1)).square(); }

double at_rank(const Tensor& values, std::int64_t rank) {
  return std::get<0>(values.flatten().sort())[rank].item<double>();
}

/// As the program says it, from the full table. @return h of every coordinate
Tensor dense_widths(BandwidthRule rule, const Tensor& x) {
  const std::int64_t n = x.size(0);
  const double count = static_cast<double>(n);
  const Tensor each = squares(x), all = each.sum(-1);
  const Tensor below = at::ones({n, n}, at::kBool).tril(-1);
  const auto filled = [&](double h) { return at::full({x.size(1)}, h, at::kDouble); };
  const std::int64_t middle = n * n / 2;
  switch (rule) {
    case BandwidthRule::median_liu_wang:
      // numpy.median over all entries.
      return filled((n % 2 == 1 ? at_rank(all, middle)
                                : (at_rank(all, middle - 1) + at_rank(all, middle)) / 2) /
                    std::log(count + 1));
    case BandwidthRule::median_blackjax: {
      const Tensor pairs = all.masked_select(below).sqrt();
      const std::int64_t m = pairs.numel();
      const double median = (at_rank(pairs, (m - 1) / 2) + at_rank(pairs, m / 2)) / 2;
      return filled(median * median / std::log(count));
    }
    case BandwidthRule::median_numpyro:
      return filled(at_rank(all, middle) / std::log(count) + 1e-5);
    case BandwidthRule::median_pyro: {
      std::vector<Tensor> out;
      for (std::int64_t d = 0; d < x.size(1); ++d)
        out.push_back(std::get<0>(each.select(-1, d).masked_select(below).median(0)) /
                      std::log(count + 1));
      return at::stack(out);
    }
    case BandwidthRule::fixed:
      break;
  }
  return filled(1);
}

const BandwidthRule kMedians[] = {BandwidthRule::median_liu_wang,
                                  BandwidthRule::median_blackjax,
                                  BandwidthRule::median_numpyro,
                                  BandwidthRule::median_pyro};

TEST(Bandwidth, EachMedianIsItsProgramsOne) {
  for (const BandwidthRule rule : kMedians)
    for (const std::int64_t n : {2, 3, 4, 5, 20, 21, 150})
      for (const std::int64_t size : {1, 2, 7}) {
        const Tensor x = normals(n, size, static_cast<std::uint64_t>(n * 10 + size)) * 3;
        const Tensor found = Bandwidth{rule, 1}.widths(x);
        EXPECT_TRUE(at::allclose(found, dense_widths(rule, x), 1e-12, 0))
            << static_cast<int>(rule) << " " << n << " x " << size;
        EXPECT_TRUE(at::allclose(Bandwidth{rule, 2.5}.widths(x), 2.5 * found, 1e-15, 0));
      }
}

TEST(Bandwidth, WhereThereIsNoMedianItIsOne) {
  for (const BandwidthRule rule : kMedians)
    EXPECT_TRUE(Bandwidth({rule, 3}).widths(normals(1, 4, 1)).equal(at::ones({4}, at::kDouble)));
  EXPECT_TRUE(Bandwidth({BandwidthRule::median_liu_wang, 3})
                  .widths(at::ones({5, 2}, at::kDouble))
                  .equal(at::ones({2}, at::kDouble)));
  EXPECT_TRUE(Bandwidth({BandwidthRule::fixed, 3})
                  .widths(normals(4, 2, 1))
                  .equal(at::full({2}, 3, at::kDouble)));
  EXPECT_EQ(bandwidth_rules().size(), 5u);
}

/// phi by its definition, the kernel's gradient by autograd.
Tensor dense_direction(const std::function<Tensor(const Tensor& x, const Tensor& y)>& kernel,
                       const Tensor& x,
                       const Tensor& scores) {
  const Tensor from = x.detach().clone().requires_grad_(), to = x.detach();
  Tensor out = at::zeros_like(to);
  for (std::int64_t i = 0; i < x.size(0); ++i) {
    const Tensor k = kernel(from, to[i]);
    const Tensor slope = torch::autograd::grad({k.sum()}, {from}, {}, {}, false, true)[0];
    out[i] =
        ((k.unsqueeze(1) * scores).sum(0) + slope.sum(0)).detach() / static_cast<double>(x.size(0));
  }
  return out;
}

TEST(SteinKernel, DirectionsAreThoseOfTheDefinition) {
  for (const std::int64_t n : {1, 2, 9, 40}) {
    const Tensor x = normals(n, 3, 1), scores = normals(n, 3, 2);
    for (const BandwidthRule rule : {BandwidthRule::fixed, kMedians[0], kMedians[3]}) {
      const Bandwidth bandwidth{rule, 0.7};
      const Tensor h = bandwidth.widths(x);
      const auto r = [&](const Tensor& a, const Tensor& b) {
        return ((a - b).square() / h).sum(-1);
      };
      const auto rbf = [&](const Tensor& a, const Tensor& b) { return (-r(a, b)).exp(); };
      const auto imq = [&](const Tensor& a, const Tensor& b) { return (1 + r(a, b)).rsqrt(); };
      const auto linear = [](const Tensor& a, const Tensor& b) { return 1 + (a * b).sum(-1); };
      const auto of = [&](RadialKernel kernel) {
        return std::make_shared<RadialSteinKernel>(kernel, bandwidth);
      };
      const auto expect = [&](const SteinKernel& kernel, const Tensor& dense) {
        EXPECT_TRUE(at::allclose(kernel.direction(x, scores), dense, 1e-12, 1e-13)) << n;
      };
      const auto radial = of(RadialKernel::exponential),
                 other = of(RadialKernel::inverse_multiquadric);
      const auto moments = std::make_shared<LinearSteinKernel>();
      expect(*radial, dense_direction(rbf, x, scores));
      expect(*other, dense_direction(imq, x, scores));
      expect(*moments, dense_direction(linear, x, scores));
      expect(SumSteinKernel({radial, other, moments}),
             dense_direction(rbf, x, scores) + dense_direction(imq, x, scores) +
                 dense_direction(linear, x, scores));
    }
  }
}

TEST(SteinKernel, DirectionsDoNotDependOnTheThreads) {
  const Tensor x = normals(1200, 4, 1), scores = normals(1200, 4, 2);
  const RadialSteinKernel kernel(RadialKernel::exponential, {});
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const Tensor one = kernel.direction(x, scores);
  at::set_num_threads(3);
  const Tensor three = kernel.direction(x, scores);
  at::set_num_threads(before);
  EXPECT_TRUE(one.equal(three));
}

TEST(SteinKernel, OneParticleClimbsToTheMode) {
  const Tensor x = normals(1, 3, 1), scores = normals(1, 3, 2);
  EXPECT_TRUE(
      at::allclose(RadialSteinKernel(RadialKernel::exponential, {}).direction(x, scores), scores));
}

// N <= d + 1 particles at rest under N(0, I) are a regular simplex; of variance ln N / d under
// BlackJAX's rule, ln(N + 1) (N - 1) / (N d) under the authors' (derived from phi = 0).
Tensor simplex(std::int64_t n, std::int64_t size, double variance) {
  const Tensor corners = at::eye(n, at::kDouble) - 1.0 / static_cast<double>(n);
  const Tensor x = at::cat({corners, at::zeros({n, size - n + 1}, at::kDouble)}, 1);
  // n corners span n - 1 dimensions: turned into the first of them.
  const Tensor basis = std::get<2>(at::linalg_svd(x, /*full_matrices=*/true));
  const Tensor turned = x.mm(basis.t()).narrow(1, 0, size);
  return turned * std::sqrt(variance /
                            (turned.square().sum() / static_cast<double>(n * size)).item<double>());
}

TEST(SteinKernel, ASimplexOfTheKnownSizeIsAtRest) {
  for (const auto& [n, size] :
       {std::pair<std::int64_t, std::int64_t>{4, 3}, {11, 10}, {20, 20}, {20, 100}}) {
    const double count = static_cast<double>(n), d = static_cast<double>(size);
    const auto residual = [&](const SteinKernel& kernel, double variance) {
      const Tensor x = simplex(n, size, variance);
      return kernel.direction(x, -x).abs().max().item<double>();
    };
    const RadialSteinKernel blackjax(RadialKernel::exponential,
                                     {BandwidthRule::median_blackjax, 1});
    EXPECT_LT(residual(blackjax, std::log(count) / d), 1e-12);
    EXPECT_GT(residual(blackjax, 1.01 * std::log(count) / d), 1e-6);
    const RadialSteinKernel liu_wang(RadialKernel::exponential,
                                     {BandwidthRule::median_liu_wang, 1});
    EXPECT_LT(residual(liu_wang, std::log(count + 1) * (count - 1) / (count * d)), 1e-12);
    if (n != 20) continue;
    const RadialSteinKernel imq(RadialKernel::inverse_multiquadric, {BandwidthRule::fixed, 1});
    EXPECT_LT(residual(imq, 4.066156332 / d), 1e-10);
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
