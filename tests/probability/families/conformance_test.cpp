// What every exponential family must hold, over the factory's names.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "probability/families/family_examples.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::example_parameters;
using testing::make_family;

struct Case {
  std::string name;
  std::int64_t size;
};

std::vector<Case> cases() {
  std::vector<Case> out;
  for (const auto& row : family_factory().rows()) {
    const bool sized = !row.info.parameters.empty();
    const bool needs_two = sized && *row.info.parameters[0].minimum > 1;
    if (!needs_two) out.push_back({row.info.name, 1});
    if (sized) out.push_back({row.info.name, 3});
  }
  return out;
}

class EveryFamily : public ::testing::TestWithParam<Case> {
 protected:
  ExponentialFamilyPtr family = make_family(GetParam().name, GetParam().size);
  Tensor eta = example_parameters(*family, 4, 11);
};

void expect_close(const Tensor& a, const Tensor& b, double tolerance) {
  ASSERT_EQ(a.sizes(), b.sizes());
  const double scale = std::max(1.0, b.abs().max().item<double>());
  EXPECT_LE((a - b).abs().max().item<double>(), tolerance * scale);
}

TEST_P(EveryFamily, KeepsTheShapesOfItsBatch) {
  EXPECT_EQ(family->name(), GetParam().name);
  for (const auto& batch : std::vector<std::vector<std::int64_t>>{{}, {2}, {2, 2}}) {
    std::vector<std::int64_t> shape = batch;
    shape.push_back(family->natural_size());
    const Tensor some = eta.narrow(0,
                                   0,
                                   batch.empty()       ? 1
                                   : batch.size() == 1 ? 2
                                                       : 4)
                            .reshape(shape);
    GeneratorSource source(at::detail::createCPUGenerator(5));
    const Tensor x = family->sample(some, source);
    EXPECT_EQ(x.size(-1), family->event_size());
    EXPECT_EQ(x.sizes().slice(0, batch.size()), at::IntArrayRef(batch));
    EXPECT_EQ(family->statistics(x).sizes(), some.sizes());
    EXPECT_EQ(family->mean(some).sizes(), some.sizes());
    EXPECT_EQ(family->log_partition(some).sizes(), at::IntArrayRef(batch));
    EXPECT_EQ(family->mode(some).sizes(), x.sizes());
    EXPECT_EQ(family->log_prob(x, some).sizes(), at::IntArrayRef(batch));
  }
}

TEST_P(EveryFamily, MeanIsTheGradientOfTheLogPartition) {
  const Tensor leaf = eta.clone().requires_grad_();
  torch::autograd::backward({family->log_partition(leaf).sum()}, {});
  expect_close(family->mean(eta), leaf.grad(), 1e-11);
}

TEST_P(EveryFamily, CoordinatesGoThereAndBack) {
  EXPECT_EQ(family->problem(eta), "");
  std::vector<Tensor> values;
  for (const auto& [name, value] : family->ordinary(eta)) values.push_back(value);
  expect_close(family->natural(values), eta, 1e-11);
  expect_close(family->natural_from_mean(family->mean(eta)), eta, 1e-10);
}

TEST_P(EveryFamily, DivergenceIsZeroOnlyAtHome) {
  const Tensor other = example_parameters(*family, 4, 23);
  EXPECT_LE(family->kl(eta, eta).abs().max().item<double>(), 1e-12);
  EXPECT_GT(family->kl(eta, other).min().item<double>(), 0.0);
}

// Twelve families and sizes, about 60 numbers, each within 5.5 standard errors: a right family
// fails with probability below 1e-5.
TEST_P(EveryFamily, DrawsHaveTheMomentsTheEntropyAndTheNormaliserThatTheFormulasSay) {
  constexpr std::int64_t kDraws = 40000;
  const Tensor one = eta[0], near = eta[0] + 0.05 * (eta[1] - eta[0]);
  GeneratorSource source(at::detail::createCPUGenerator(7));
  const Tensor x = family->sample(one.expand({kDraws, one.size(0)}).contiguous(), source);
  const auto within = [](const Tensor& draws, const Tensor& exact, const char* what) {
    const Tensor error = draws.std(0) / std::sqrt(static_cast<double>(kDraws));
    const Tensor distance = (draws.mean(0) - exact).abs() - 5.5 * error;
    EXPECT_LE(distance.max().item<double>(), 1e-9) << what;
  };
  within(family->statistics(x), family->mean(one), "moments");
  within(-family->log_prob(x, one), family->entropy(one), "entropy");
  within((family->log_prob(x, near) - family->log_prob(x, one)).exp(),
         at::ones({}, at::kDouble),
         "normaliser");
}

TEST_P(EveryFamily, ModeMaximisesTheExponent) {
  const Tensor& some = eta;
  const Tensor value = (some * family->statistics(family->mode(some))).sum(-1);
  GeneratorSource source(at::detail::createCPUGenerator(9));
  for (int i = 0; i < 200; ++i) {
    const Tensor x = family->sample(some, source);
    const Tensor other = (some * family->statistics(x)).sum(-1);
    const Tensor inside = value.isfinite();
    EXPECT_TRUE(((value >= other - 1e-9) | inside.logical_not()).all().item<bool>());
  }
}

TEST_P(EveryFamily, NamesWhatIsOutsideTheSpace) {
  EXPECT_NE(family->problem(at::full_like(eta, NAN)), "");
  const std::string far =
      family->problem(at::full_like(eta, -50.0)) + family->problem(at::full_like(eta, 50.0));
  EXPECT_EQ(far.empty(), family->name() == "categorical") << "any finite logits will do";
}

INSTANTIATE_TEST_SUITE_P(Families,
                         EveryFamily,
                         ::testing::ValuesIn(cases()),
                         [](const auto& tested) {
                           return tested.param.name + "_" + std::to_string(tested.param.size);
                         });

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
