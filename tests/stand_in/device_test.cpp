// The stand-in accelerator itself: what runs on it gives the CPU's bits, and what CUDA refuses or
// waits for is seen.
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/gru_cell.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/lstm_cell.h>
#include <ATen/ops/nonzero.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbow/data/device/device.h"
#include "elbow/probability/distributions/random_source.h"
#include "stand_in/use_stand_in.h"
#include "support/stand_in/device.h"
#include "support/stand_in/ledger.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using stand_in::ledger;
using ::testing::HasSubstr;

class StandIn : public test::OnStandIn {
 protected:
  const at::Device device_ = stand_in::device();

  template <class Run>
  static std::string refusal_of(const Run& run) {
    try {
      run();
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  }
  /// What a piece of work makes the host wait for.
  template <class Run>
  static stand_in::Ledger::Counts waits_of(const Run& run) {
    const auto before = ledger().waits();
    run();
    return stand_in::difference(ledger().waits(), before);
  }
  static bool same_bits(const at::Tensor& a, const at::Tensor& b) { return a.cpu().equal(b.cpu()); }
};

TEST_F(StandIn, GivesTheBitsOfTheCpuForwardAndBackward) {
  const auto leaf = [&](at::IntArrayRef shape, at::Device where) {
    return at::randn(shape, seeded_generator(at::kCPU, static_cast<std::uint64_t>(shape.size())))
        .mul(0.1)
        .to(where)
        .requires_grad_();
  };
  std::vector<at::Tensor> results[2];
  for (const at::Device where : {at::Device(at::kCPU), device_}) {
    const at::Tensor x = leaf({6, 3, 8, 8}, where), kernel = leaf({4, 3, 3, 3}, where),
                     weight = leaf({5, 144}, where);
    const at::Tensor image = at::convolution(
        x, kernel, {}, {1, 1}, {0, 0}, {1, 1}, /*transposed=*/false, {0, 0}, /*groups=*/1);
    const at::Tensor y = at::linear(image.flatten(1), weight).relu();
    const at::Tensor loss = (y.exp().sum(1).log() - y.mean(1)).mean();
    loss.backward();
    results[where.is_cpu() ? 0 : 1] = {loss.detach(), x.grad(), kernel.grad(), weight.grad()};
  }
  for (std::size_t i = 0; i < results[0].size(); ++i)
    EXPECT_TRUE(same_bits(results[0][i], results[1][i])) << i;
}

// Recurrent cells take another road than on the CPU.
TEST_F(StandIn, RecurrentCellsAgreeWithTheCpu) {
  std::vector<at::Tensor> results[2];
  for (const at::Device where : {at::Device(at::kCPU), device_}) {
    std::uint64_t seed = 0;
    const auto leaf = [&](at::IntArrayRef shape) {
      return at::randn(shape, seeded_generator(at::kCPU, ++seed), at::kDouble)
          .to(where)
          .requires_grad_();
    };
    const at::Tensor x = leaf({4, 3}), h = leaf({4, 5}), c = leaf({4, 5});
    const std::vector<at::Tensor> gru{leaf({15, 3}), leaf({15, 5}), leaf({15}), leaf({15})},
        lstm{leaf({20, 3}), leaf({20, 5}), leaf({20}), leaf({20})};
    const at::Tensor first = at::gru_cell(x, h, gru[0], gru[1], gru[2], gru[3]);
    const auto [second, cell] = at::lstm_cell(x, {h, c}, lstm[0], lstm[1], lstm[2], lstm[3]);
    (first.square().sum() + second.exp().sum() + cell.sin().sum()).backward();
    auto& out = results[where.is_cpu() ? 0 : 1];
    out = {first.detach(), second.detach(), cell.detach(), x.grad(), h.grad(), c.grad()};
    for (const auto& weights : {gru, lstm})
      for (const at::Tensor& weight : weights) out.push_back(weight.grad());
  }
  for (std::size_t i = 0; i < results[0].size(); ++i)
    EXPECT_LT((results[0][i] - results[1][i].cpu()).abs().max().item<double>(), 1e-12) << i;
}

TEST_F(StandIn, DrawsWithItsOwnGeneratorAsTheCpuDoes) {
  for (const std::int64_t size : {3, 64})
    EXPECT_TRUE(same_bits(
        at::randn({size}, seeded_generator(at::kCPU, 5), at::kFloat),
        at::randn(
            {size}, seeded_generator(device_, 5), at::TensorOptions(at::kFloat).device(device_))));
}

TEST_F(StandIn, RefusesTensorsOfSeveralDevices) {
  const at::Tensor here = at::zeros({3}), there = here.to(device_),
                   other = here.to(stand_in::device(1));
  EXPECT_NE(refusal_of([&] { return there + here; }), "");
  EXPECT_NE(refusal_of([&] { return there + other; }), "");
  EXPECT_NE(refusal_of([&] { return there.index_select(0, at::arange(2)); }), "");
  EXPECT_NE(refusal_of([&] { return there.cumsum(0).matmul(here); }), "");
  // A number may be a tensor of the host.
  EXPECT_EQ(refusal_of([&] { return there + at::scalar_tensor(2.0); }), "");
}

TEST_F(StandIn, RefusesDrawsFromGlobalGenerators) {
  const at::Tensor there = at::zeros({64}).to(device_);
  EXPECT_THAT(refusal_of([&] { return at::rand({64}, there.options()); }),
              HasSubstr("global generator"));
  EXPECT_THAT(refusal_of([&] { return at::dropout(there, 0.5, true); }),
              HasSubstr("global generator"));
  EXPECT_NE(refusal_of(
                [&] { return at::zeros_like(there).normal_(0, 1, seeded_generator(at::kCPU, 1)); }),
            "");
}

TEST_F(StandIn, CountsWhatTheHostWaitsFor) {
  const at::Tensor x = at::arange(6).to(at::kFloat).to(device_);
  EXPECT_EQ(waits_of([&] { x.sum().item<float>(); }).count("aten::_local_scalar_dense"), 1u);
  EXPECT_EQ(waits_of([&] { x.cpu(); }).count("copy to the host"), 1u);
  EXPECT_EQ(waits_of([&] { x.index({x > 2}); }).count("aten::index by a mask"), 1u);
  EXPECT_EQ(waits_of([&] { x.masked_select(x > 2); }).count("aten::masked_select"), 1u);
  EXPECT_EQ(waits_of([&] { x.nonzero(); }).count("aten::nonzero"), 1u);
  EXPECT_EQ(waits_of([&] { at::zeros({3}).to(device_); }).size(), 1u);
  // Pinned memory, and arithmetic.
  EXPECT_TRUE(waits_of([&] { send_to(device_, at::zeros({3})); }).empty());
  EXPECT_TRUE(waits_of([&] { (x * 2 + x.mean()).exp_().softmax(0).argmax(); }).empty());
}

TEST_F(StandIn, RefusesWhatHasNoDeterministicKernelOnCuda) {
  const at::Tensor x = at::zeros({3}).to(device_);
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
  EXPECT_THAT(refusal_of([&] { return x.cumsum(0); }), HasSubstr("no deterministic kernel"));
  EXPECT_EQ(refusal_of([&] { return x.to(at::kLong).cumsum(0); }), "");
  at::globalContext().setDeterministicAlgorithms(false, /*warn_only=*/false);
  EXPECT_EQ(refusal_of([&] { return x.cumsum(0); }), "");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
