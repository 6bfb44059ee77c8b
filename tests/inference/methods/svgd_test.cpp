// SVGD from a configuration: fixed points that are known exactly, and its state.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/inference/methods/svgd.h"
#include "elbow/inference/particles/preconditioner.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::TemporaryFolder;
using testing::TinyRun;

std::string on_gaussian(std::int64_t size,
                        std::int64_t particles,
                        const std::string& kernel,
                        const std::string& more = "") {
  std::string mean;
  for (std::int64_t d = 0; d < size; ++d) mean += d == 0 ? "0" : ", 0";
  return "name: tiny\nseed: 7\ndevice: cpu\nthreads: 1\ndtype: float64\n"
         "data: {type: none, train_size: 100000, validation_size: 0, test_size: 1}\n"
         "model: {type: target, target: {type: gaussian, mean: [" +
         mean + "]}}\ninference: {type: svgd, num_particles: " + std::to_string(particles) +
         ", kernel: " + kernel + ", tolerance: 1.0e-9" + more +
         "}\noptimizer: {type: sgd, learning_rate: 0.5}\n"
         "trainer: {steps: 60000, batch_size: 1, log_every_steps: 100000}\n";
}

Svgd& svgd_of(TinyRun& run) { return dynamic_cast<Svgd&>(*run.experiment().inference); }

Tensor particles_of(TinyRun& run) {
  return svgd_of(run).particle_guide().particles().detach().select(1, 0);
}

/// Mean over the coordinates of the variance, once the particles are at rest.
double variance_at_rest(const std::string& config, const std::vector<std::string>& changes = {}) {
  const TemporaryFolder folder;
  TinyRun run(folder.path(), changes, config);
  run.trainer().advance(60000);
  EXPECT_TRUE(svgd_of(run).has_converged());
  const Tensor x = particles_of(run);
  EXPECT_LT(x.mean(0).abs().max().item<double>(), 1e-7);
  return x.var(0, /*unbiased=*/false).mean().item<double>();
}

const char* const kBlackJax = "{type: rbf, bandwidth: {rule: median_blackjax}}";
const char* const kLiuWang = "{type: rbf, bandwidth: {rule: median_liu_wang}}";

// N <= d + 1 particles end as a regular simplex, of a size in closed form (see the test of
// kernels).
TEST(Svgd, FewParticlesEndAsTheKnownSimplex) {
  for (const auto& [n, d] : {std::pair<std::int64_t, std::int64_t>{5, 4}, {20, 20}}) {
    const auto count = static_cast<double>(n), size = static_cast<double>(d);
    EXPECT_NEAR(variance_at_rest(on_gaussian(d, n, kBlackJax)), std::log(count) / size, 1e-8);
    EXPECT_NEAR(variance_at_rest(on_gaussian(d, n, kLiuWang)),
                std::log(count + 1) * (count - 1) / (count * size),
                1e-8);
  }
  EXPECT_NEAR(variance_at_rest(on_gaussian(20, 20, "{type: imq, bandwidth: {rule: fixed}}")),
              4.066156332 / 20,
              1e-8);
}

// With more particles than dimensions medians have kinks, and several states are at rest: which of
// them is reached is the start's choice.
TEST(Svgd, TwentyParticlesInFiveDimensionsEndInAKnownState) {
  const auto is_one_of = [](double found, double first, double second) {
    return std::min(std::abs(found - first), std::abs(found - second)) < 6e-6;
  };
  EXPECT_TRUE(is_one_of(variance_at_rest(on_gaussian(5, 20, kBlackJax)), 0.36393, 0.38708));
  EXPECT_TRUE(is_one_of(variance_at_rest(on_gaussian(5, 20, kLiuWang)), 0.35359, 0.37737));
}

// Computed once by damped iterations of the definition in float64, to the digits that are given.
TEST(Svgd, TwentyParticlesInTenDimensionsHaveTheKnownVariance) {
  EXPECT_NEAR(variance_at_rest(on_gaussian(10, 20, kBlackJax)), 0.2718, 5.1e-5);
  EXPECT_NEAR(variance_at_rest(on_gaussian(10, 20, kLiuWang)), 0.2629, 5.1e-5);
  EXPECT_NEAR(variance_at_rest(on_gaussian(10, 20, "{type: imq, bandwidth: {rule: fixed}}")),
              0.3776,
              5.1e-5);
}

TEST(Svgd, TheLinearKernelMatchesMeanAndCovariance) {
  const std::string config = R"(
name: tiny
seed: 3
device: cpu
threads: 1
dtype: float64
data: {type: none, train_size: 100000, validation_size: 0, test_size: 1}
model: {type: target, target: {type: gaussian, mean: [1, -2, 0.5], covariance: [2, 0.6, 0, 0.6, 1, 0.3, 0, 0.3, 0.5]}}
inference: {type: svgd, num_particles: 5, kernel: {type: linear}, tolerance: 1.0e-12}
optimizer: {type: sgd, learning_rate: 0.05}
trainer: {steps: 60000, batch_size: 1, log_every_steps: 100000}
)";
  const TemporaryFolder folder;
  TinyRun run(folder.path(), {}, config);
  run.trainer().advance(60000);
  EXPECT_TRUE(svgd_of(run).has_converged());
  const Tensor x = particles_of(run);
  const Tensor mean = at::tensor({1.0, -2.0, 0.5}, at::kDouble);
  const Tensor covariance =
      at::tensor({2.0, 0.6, 0.0, 0.6, 1.0, 0.3, 0.0, 0.3, 0.5}, at::kDouble).reshape({3, 3});
  const Tensor apart = x - x.mean(0);
  EXPECT_TRUE(at::allclose(x.mean(0), mean, 0, 1e-9));
  EXPECT_TRUE(at::allclose(apart.t().mm(apart) / 5.0, covariance, 0, 1e-9));
}

TEST(Svgd, OneParticleIsTheMode) {
  const TemporaryFolder folder;
  TinyRun run(folder.path(), {}, on_gaussian(3, 1, kLiuWang));
  run.trainer().advance(60000);
  EXPECT_LT(particles_of(run).abs().max().item<double>(), 1e-8);
}

// In the metric of the target's curvature every normal is a standard one.
TEST(Svgd, TheHessiansMetricMakesANormalStandard) {
  const std::string skewed =
      "model={type: target, target: {type: gaussian, mean: [0, 0], covariance: [100, 0, 0, 0.01]}}";
  const std::string config = on_gaussian(2, 3, kBlackJax, ", curvature: hessian, damping: 1.0e-9");
  const TemporaryFolder folder;
  TinyRun run(folder.path(), {skewed}, config);
  run.trainer().advance(60000);
  EXPECT_TRUE(svgd_of(run).has_converged());
  const Tensor variance = particles_of(run).var(0, /*unbiased=*/false);
  EXPECT_NEAR((variance / at::tensor({100.0, 0.01}, at::kDouble)).mean().item<double>(),
              std::log(3.0) / 2,
              1e-7);
}

TEST(Svgd, GoesOnToTheByte) {
  for (const char* more : {"", ", curvature: fisher, curvature_from: start"}) {
    const std::string config = on_gaussian(3,
                                           8,
                                           "{type: imq}",
                                           std::string(more) +
                                               ", temperature: {type: linear, from: "
                                               "5.0, to: 1.0, over_steps: 30}");
    const std::vector<std::string> adam{"optimizer={type: adam, learning_rate: 0.1}"};
    const TemporaryFolder whole_folder, first_folder, second_folder;
    TinyRun whole(whole_folder.path(), adam, config);
    whole.trainer().advance(40);
    TinyRun first(first_folder.path(), adam, config);
    first.trainer().advance(17);
    const InferenceState state = svgd_of(first).state();
    TinyRun second(second_folder.path(), adam, config);
    svgd_of(second).load(state, "state");
    Clock clock = first.trainer().clock();
    for (int i = 0; i < 23; ++i) {
      svgd_of(second).step(first.trainer().micro_batches_at(1, 0), clock);
      ++clock.step;
    }
    EXPECT_TRUE(particles_of(whole).equal(particles_of(second))) << more;
  }
}

TEST(Svgd, LostParticlesAreNamedOrHeld) {
  for (const bool holds : {false, true}) {
    const TemporaryFolder folder;
    TinyRun run(folder.path(),
                {},
                on_gaussian(2, 6, kLiuWang, holds ? ", non_finite_particles: hold" : ""));
    Tensor(svgd_of(run).particle_guide().particles()).data().select(0, 3).fill_(1e200);
    const MicroBatches batch = run.trainer().micro_batches_at(1, 0);
    const Tensor before = particles_of(run).clone();
    const StepReport report = svgd_of(run).step(batch, run.trainer().clock());
    EXPECT_EQ(report.found_non_finite.item<float>(), holds ? 0 : 1);
    const Tensor has_moved = (particles_of(run) != before).any(1);
    for (std::int64_t i = 0; i < 6; ++i) EXPECT_EQ(has_moved[i].item<bool>(), holds && i != 3) << i;
    const Json why = svgd_of(run).explain_non_finite(batch, run.trainer().clock());
    EXPECT_NE(why.at("first").get<std::string>().find("particle 4"), std::string::npos) << why;
  }
}

TEST(Preconditioner, IsTheDirectionInTurnedSpace) {
  at::manual_seed(1);
  const Tensor x = at::randn({7, 3}, at::kDouble), scores = at::randn({7, 3}, at::kDouble);
  const Tensor root = at::randn({3, 3}, at::kDouble);
  const Tensor q = root.mm(root.t()) + at::eye(3, at::kDouble), factor = metric_factor(q, 1e-9);
  EXPECT_TRUE(at::allclose(factor.mm(factor.t()), q, 1e-12));
  const double h = 1.3;
  Tensor dense = at::zeros_like(x);
  // (1/N) sum_j Q^-1 [k s_j + grad_j k], k = exp(-(x_i - x_j)'Q(x_i - x_j) / h).
  for (std::int64_t i = 0; i < 7; ++i)
    for (std::int64_t j = 0; j < 7; ++j) {
      const Tensor apart = x[i] - x[j];
      const Tensor k = (-apart.dot(q.mv(apart)) / h).exp();
      dense[i] += q.inverse().mv(k * scores[j] + 2 / h * k * q.mv(apart)) / 7;
    }
  const RadialSteinKernel kernel(kernels::RadialKernel::exponential, {BandwidthRule::fixed, h});
  EXPECT_TRUE(
      at::allclose(preconditioned_direction(kernel, x, scores, factor), dense, 1e-11, 1e-12));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
