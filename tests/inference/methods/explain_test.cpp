// What nan_report.json says of a step: terms of that step, with the noise that it had.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "elbow/foundations/core/philox.h"
#include "elbow/inference/estimators/pathwise.h"
#include "elbow/inference/guides/conditioned_distribution.h"
#include "elbow/inference/methods/gradient_vi.h"
#include "elbow/probability/distributions/normal.h"
#include "inference/objectives/support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::info_in;
using testing::make_objective;
using testing::resolved;

constexpr std::uint64_t kSeed = 5;
constexpr std::int64_t kMicroBatchSize = 4;

/// z ~ N(0, 1), x | z ~ N(f(z) + t, 1) for a function that is not defined, or not smooth,
/// everywhere.
class CliffModel : public GenerativeModel {
 public:
  using Function = std::function<Tensor(const Tensor& z)>;
  explicit CliffModel(Function f)
      : f_(std::move(f)), shift_(register_parameter("shift", at::zeros({1}, at::kDouble))) {}
  std::vector<SiteSpec> sites() const override { return {{"z", {1}}}; }
  Trace score(const Batch& batch, const Trace& guide, const ModelContext&) override {
    const Tensor zero = at::zeros({1}, at::kDouble), &z = guide.at("z").value();
    Trace out;
    out.add(Site("z", DiagNormal::standard(zero), z, /*is_observed=*/false));
    out.add(Site("x",
                 std::make_shared<DiagNormal>(f_(z) + shift_, zero.expand_as(z)),
                 batch.x,
                 /*is_observed=*/true));
    return out;
  }
  Trace sample(std::int64_t, const ModelContext&) override { throw std::logic_error("not drawn"); }

 private:
  Function f_;
  Tensor shift_;
};

/// q(z | x) = N(0, 1) to begin with.
class StandardGuide : public Guide {
 public:
  StandardGuide() : numbers_(register_parameter("numbers", at::zeros({2}, at::kDouble))) {}
  ConditionedGuidePtr condition(const Batch& batch) override {
    const auto number = [&](std::int64_t i) {
      return numbers_.narrow(0, i, 1).expand({batch.size(), 1});
    };
    return std::make_shared<ConditionedDistribution>(
        SiteSpec{"z", {1}}, std::make_shared<DiagNormal>(number(0), number(1)), batch.size());
  }

 private:
  Tensor numbers_;
};

GradientVi inference_of(CliffModel::Function f) {
  GradientVi::Options options;
  options.seed = kSeed;
  options.learning_rate =
      schedule_factory().create(ConfigNode(Json{{"type", "constant"}, {"value", 0.1}}));
  const auto make_optimizer = [](const Tensor& values) {
    return optimizer_factory().create(ConfigNode(resolved(info_in(optimizer_factory(), "adam"))),
                                      values);
  };
  return {std::make_shared<CliffModel>(std::move(f)),
          std::make_shared<StandardGuide>(),
          make_objective("elbo", {{"kl", "monte_carlo"}}),
          std::make_shared<Pathwise>(),
          make_optimizer,
          options};
}

MicroBatches two_micro_batches() {
  const Batch micro_batch{at::zeros({kMicroBatchSize, 1}, at::kDouble), {0, 1, 2, 3}};
  return MicroBatches(std::vector<Batch>{micro_batch, micro_batch});
}

/// The draws of a micro-batch of a step: a generator keyed by seed, step and
/// micro-batch.
Tensor draws_of(std::int64_t step, std::uint64_t micro_batch) {
  const at::Generator noise = seeded_generator(
      at::kCPU,
      derive_key(kSeed, Purpose::training_noise, static_cast<std::uint64_t>(step), micro_batch));
  return StepNoise(noise).normal({1, kMicroBatchSize, 1}, at::kDouble).flatten();
}

// One draw of the second micro-batch falls off the cliff. Other noise would show other draws, and
// with them most often nothing that is not finite.
TEST(ExplainNonFinite, NamesTheTermWithTheNoiseOfTheStep) {
  Clock clock;
  Tensor largest, others;
  for (;; ++clock.step) {
    const Tensor first = draws_of(clock.step, 0), second = draws_of(clock.step, 1);
    largest = second.max();
    others = at::cat({first, second.masked_select(second < largest)}).max();
    if ((largest > others + 0.1).item<bool>()) break;
  }
  const double cliff = (largest + others).item<double>() / 2;
  GradientVi inference = inference_of([cliff](const Tensor& z) { return (cliff - z).log(); });
  const StepReport report = inference.step(two_micro_batches(), clock);
  ASSERT_EQ(report.found_non_finite.item<float>(), 1.0f);
  const InferenceState before = inference.state();
  at::randn({17});  // somebody else draws from the default generator
  const Json found = inference.explain_non_finite(two_micro_batches(), clock);
  EXPECT_EQ(found.at("first"), "model.x.loc") << found.dump(2);
  EXPECT_EQ(found.at("terms").at("model.x.loc").at("non_finite"), 1);
  const InferenceState after = inference.state();
  for (std::size_t i = 0; i < before.model.size(); ++i)
    EXPECT_TRUE(before.model[i].second.equal(after.model[i].second)) << before.model[i].first;
}

TEST(ExplainNonFinite, ShowsTheDrawsOfTheStep) {
  Clock clock;
  clock.step = 3;
  // Nothing is defined: the first micro-batch is where it ends.
  GradientVi inference = inference_of([](const Tensor& z) { return (z * 0 - 1).log(); });
  inference.step(two_micro_batches(), clock);
  const Json found = inference.explain_non_finite(two_micro_batches(), clock);
  const Tensor draws = draws_of(3, 0);
  EXPECT_EQ(found.at("first"), "model.x.loc");
  const Json& z = found.at("terms").at("guide.z.value");
  EXPECT_NEAR(z.at("max").get<double>(), draws.max().item<double>(), 1e-15);
  EXPECT_NEAR(z.at("min").get<double>(), draws.min().item<double>(), 1e-15);
}

// The bound is finite everywhere, and its slope is 0 times infinity.
TEST(ExplainNonFinite, NamesTheGradientWhereEveryTermIsFinite) {
  GradientVi inference = inference_of([](const Tensor& z) { return (z * 0).sqrt(); });
  ASSERT_EQ(inference.step(two_micro_batches(), Clock{}).found_non_finite.item<float>(), 1.0f);
  const Json found = inference.explain_non_finite(two_micro_batches(), Clock{});
  EXPECT_EQ(found.at("first"), "gradient of guide.numbers") << found.dump(2);
  EXPECT_EQ(found.at("terms").at("bound").at("non_finite"), 0);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
