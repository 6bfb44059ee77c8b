// Ten bits, summed over by a test that knows the parameters alone.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "elbow/inference/estimators/enumerate.h"
#include "finished_run.h"
#include "inference/objectives/support.h"
#include "linear_network.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::linear;

const char* const kBits = R"(
name: bits
seed: 3
device: cpu
threads: 1
dtype: float64
data: {type: synthetic_images, height: 4, width: 4, count: 100, validation_size: 0, test_size: 10, binary: true}
model:
  latents:
    b: {size: 10, type: bernoulli}
  likelihood: {type: bernoulli, network: {type: mlp, hidden_sizes: []}}
guide:
  latents:
    b: {given: [x], network: {type: mlp, hidden_sizes: []}}
estimator: {type: enumerate}
optimizer: {type: adam, learning_rate: 0.05}
trainer: {epochs: 2, batch_size: 20}
)";

/// ln of the probabilities of bits, summed over the last dimension.
Tensor log_probability(const Tensor& bits, const Tensor& logits) {
  return (bits * logits - at::softplus(logits)).sum(-1);
}

TEST(ThousandStates, BoundAndGradientsAreTheSumOverAllOfThem) {
  const testing::TemporaryFolder folder;
  TrainedRun run = testing::finished_run(folder, kBits);
  GenerativeModel& model = *run.modules.model;
  Guide& guide = *run.modules.guide;
  const Batch batch = run.load_data()->batch("test", row_range(0, 10), /*epoch=*/0);
  const Tensor x = batch.x.flatten(1);
  const Tensor states =
      at::arange(1024, at::kLong).unsqueeze(1).bitwise_right_shift(at::arange(10, at::kLong)) % 2;
  const Tensor bits = states.to(at::kDouble);  // [1024, 10]
  const Tensor log_p =
      log_probability(bits, model.named_parameters()["b.parameters"]).unsqueeze(1) +
      log_probability(x, linear(model, "likelihood.network", bits).unsqueeze(1));
  const Tensor log_q = log_probability(bits.unsqueeze(1), linear(guide, "b.network", x));
  const Tensor exact = (log_q.exp() * (log_p - log_q)).sum(0);
  EXPECT_LT((log_q.exp().sum(0) - 1).abs().max().item<double>(), 1e-12);

  const auto objective = testing::make_objective("elbo", Json::object());
  GeneratorSource source;
  Proposals proposals(model, guide, batch, {source});
  const Surrogate found = Enumerate(1024).estimate(*objective, proposals);
  EXPECT_LT((found.terms.bound - exact).abs().max().item<double>(), 1e-10);
  EXPECT_TRUE((exact < log_p.logsumexp(0)).all().item<bool>()) << "a bound on the evidence";

  std::vector<Tensor> leaves = model.parameters();
  for (const Tensor& leaf : guide.parameters()) leaves.push_back(leaf);
  found.loss.backward();
  std::vector<Tensor> ours;
  for (const Tensor& leaf : leaves) {
    ours.push_back(leaf.grad().clone());
    leaf.mutable_grad().reset();
  }
  (-exact.mean()).backward();
  for (std::size_t i = 0; i < leaves.size(); ++i)
    EXPECT_TRUE(at::allclose(ours[i], leaves[i].grad(), 1e-9, 1e-10)) << i;
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
