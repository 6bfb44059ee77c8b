#include "elbow/inference/optim/flat_parameters.h"

#include <ATen/Functions.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "elbow/foundations/core/error.h"
#include "support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using test::same_bits;
using ::testing::HasSubstr;

Tensor leaf(at::IntArrayRef sizes, at::ScalarType dtype = at::kFloat) {
  std::int64_t count = 1;
  for (const auto size : sizes) count *= size;
  return at::linspace(0.1, 1, count, at::TensorOptions().dtype(dtype))
      .view(sizes)
      .clone()
      .set_requires_grad(true);
}

/// Two layers whose second one is tied to the first, a bias and a scalar.
struct Net {
  Tensor weight = leaf({3, 3}), bias = leaf({3}), scale = leaf({});
  FlatParameters flat{
      {{"net.weight", weight}, {"net.bias", bias}, {"net.tied", weight}, {"net.scale", scale}}};

  Tensor loss(const Tensor& x) const {
    return (x.mm(weight).add(bias).tanh().mm(weight) * scale).sum();
  }
};

Tensor input() { return at::linspace(-1, 1, 6).view({2, 3}); }

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "accepted";
}

TEST(FlatParameters, ModuleTensorsAreViewsAndKeepTheirValues) {
  Net net;
  EXPECT_EQ(net.flat.values().sizes(), at::IntArrayRef({13}));
  EXPECT_TRUE(net.weight.is_leaf());
  EXPECT_TRUE(net.weight.requires_grad());
  EXPECT_TRUE(same_bits(net.weight.detach(), leaf({3, 3}).detach()));
  net.flat.values().fill_(2.5);
  EXPECT_EQ(net.bias[1].item<float>(), 2.5f);
  EXPECT_EQ(net.scale.item<float>(), 2.5f);
}

TEST(FlatParameters, ViewsStayViewsAfterSeveralBackwards) {
  Net net;
  const void* const weight = net.weight.data_ptr();
  const void* const gradient = net.weight.grad().data_ptr();
  net.loss(input()).backward();
  const Tensor once = net.flat.gradients().clone();
  net.loss(input()).backward();
  EXPECT_GT(once.abs().sum().item<float>(), 0.0f);
  EXPECT_TRUE(same_bits(net.flat.gradients(), once * 2));
  EXPECT_EQ(net.weight.data_ptr(), weight);
  EXPECT_EQ(net.weight.grad().data_ptr(), gradient);
  net.flat.zero_gradients();
  EXPECT_EQ(net.flat.gradients().abs().sum().item<float>(), 0.0f);
  EXPECT_EQ(net.weight.grad().abs().sum().item<float>(), 0.0f);
  net.loss(input()).backward();
  EXPECT_TRUE(same_bits(net.flat.gradients(), once));
  net.flat.zero_gradients();
}

TEST(FlatParameters, GradientsEqualThoseWithoutFlattening) {
  Net net;
  const Tensor weight = leaf({3, 3}), bias = leaf({3}), scale = leaf({});
  (input().mm(weight).add(bias).tanh().mm(weight) * scale).sum().backward();
  net.loss(input()).backward();
  EXPECT_TRUE(same_bits(net.flat.gradients(),
                        at::cat({weight.grad().view(-1), bias.grad(), scale.grad().view(-1)})));
}

TEST(FlatParameters, SharedParameterStandsOnceUnderItsFirstName) {
  Net net;
  std::vector<std::string> names;
  for (const auto& entry : net.flat.named()) names.push_back(entry.first);
  EXPECT_THAT(names, ::testing::ElementsAre("net.weight", "net.bias", "net.scale"));
}

TEST(FlatParameters, NonContiguousParameterKeepsItsLogicalOrder) {
  const Tensor transposed = leaf({2, 3}).detach().t().set_requires_grad(true);
  const Tensor before = transposed.detach().clone();
  FlatParameters flat({{"w", transposed}});
  EXPECT_TRUE(at::equal(transposed.detach(), before));
  EXPECT_TRUE(at::equal(flat.values(), before.reshape(-1)));
  transposed.sum().backward();
  flat.zero_gradients();
}

TEST(FlatParameters, NameOfFindsTheParameterOfEveryElement) {
  const FlatParameters flat(
      {{"a", leaf({2})}, {"none", leaf({0, 4})}, {"b", leaf({3})}, {"last_none", leaf({0})}});
  for (const int i : {0, 1}) EXPECT_EQ(flat.name_of(i), "a");
  for (const int i : {2, 3, 4}) EXPECT_EQ(flat.name_of(i), "b");
  EXPECT_THROW(flat.name_of(5), std::out_of_range);
  EXPECT_THROW(flat.name_of(-1), std::out_of_range);
}

TEST(FlatParameters, ReplacedGradientIsNoticed) {
  Net net;
  net.bias.mutable_grad().reset();
  EXPECT_THAT(message_of([&] { net.flat.zero_gradients(); }), HasSubstr("net.bias"));
  net.loss(input()).backward();  // makes a new gradient beside the buffer
  EXPECT_THROW(net.flat.zero_gradients(), std::logic_error);
}

TEST(FlatParameters, MovedParameterIsNoticed) {
  Net net;
  net.scale.set_data(net.scale.detach().clone());
  EXPECT_THAT(message_of([&] { net.flat.zero_gradients(); }), HasSubstr("net.scale"));
}

TEST(FlatParameters, UnfitTensorsAreRefusedByName) {
  const auto refusal = [](const NamedTensors& named) {
    return message_of([&] { FlatParameters flat(named); });
  };
  EXPECT_THAT(refusal({{"a", leaf({2})}, {"b", leaf({2}, at::kDouble)}}),
              HasSubstr("'b' has float64 [2]"));
  EXPECT_THAT(refusal({{"a", leaf({2})}, {"b", leaf({2}).detach()}}), HasSubstr("'b'"));
  EXPECT_THAT(refusal({{"a", leaf({2}) * 2}}), HasSubstr("not a leaf"));
  EXPECT_THAT(refusal({{"a", leaf({2})}, {"a", leaf({3})}}),
              HasSubstr("two parameters are called 'a'"));
  EXPECT_THAT(refusal({{"a", Tensor()}}), HasSubstr("undefined"));
  EXPECT_THAT(refusal({}), HasSubstr("at least one"));
}

TEST(FlatParameters, SplitCopiesAndJoinRestores) {
  Net net;
  const Tensor moments = at::linspace(5, 6, 13);
  const NamedTensors parts = net.flat.split(moments);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].second.sizes(), net.weight.sizes());
  EXPECT_EQ(parts[2].second.dim(), 0);
  EXPECT_EQ(parts[1].second.storage().nbytes(), 3 * sizeof(float))
      << "a view would be written with the whole buffer";
  const Tensor restored = at::zeros({13});
  net.flat.join({parts[2], parts[0], parts[1]}, restored, "optimizer.safetensors");
  EXPECT_TRUE(same_bits(restored, moments));
  restored.zero_();
  EXPECT_EQ(parts[1].second[0].item<float>(), moments[9].item<float>());
}

TEST(FlatParameters, JoinIntoTheValuesReachesTheModule) {
  Net net;
  net.flat.join(net.flat.split(at::full({13}, 7.0f)), net.flat.values(), "model.safetensors");
  EXPECT_EQ(net.bias[2].item<float>(), 7.0f);
  net.loss(input()).backward();
  net.flat.zero_gradients();
}

TEST(FlatParameters, SplitAndJoinRefuseAnotherBuffer) {
  Net net;
  EXPECT_THROW(net.flat.split(at::zeros({12})), std::logic_error);
  EXPECT_THROW(net.flat.join(net.flat.split(at::zeros({13})), at::zeros({14}), "x"),
               std::logic_error);
}

TEST(FlatParameters, JoinRefusesOtherTensorsAndWritesNothing) {
  Net net;
  const NamedTensors good = net.flat.split(at::ones({13}));
  const auto changed = [&](std::size_t i, const std::string& name, const Tensor& tensor) {
    NamedTensors out = good;
    out[i] = {name, tensor};
    return out;
  };
  NamedTensors extra = good, missing = good, twice = good;
  extra.emplace_back("net.more", at::zeros({4}));
  missing.pop_back();
  twice.push_back(good[0]);
  const std::vector<std::pair<NamedTensors, std::vector<std::string>>> cases{
      {changed(1, "net.bias", at::zeros({4})),
       {"'net.bias'", "expected float32 [3]", "got float32 [4]"}},
      {changed(1, "net.bias", at::zeros({3}, at::kDouble)),
       {"'net.bias'", "expected float32 [3]", "got float64 [3]"}},
      {changed(0, "net.weight", at::zeros({9})),
       {"'net.weight'", "expected float32 [3, 3]", "got float32 [9]"}},
      {changed(1, "net.bia", at::zeros({3})), {"'net.bias' float32 [3]", "got none"}},
      {missing, {"'net.scale' float32 []", "got none"}},
      {extra, {"'net.more' float32 [4]", "not in the model"}},
      {twice, {"'net.weight'", "twice"}},
  };
  for (const auto& [named, says] : cases) {
    const Tensor target = at::zeros({13});
    const auto& given = named;
    EXPECT_THROW(net.flat.join(given, target, "run/model.safetensors"), DataError);
    const std::string message =
        message_of([&] { net.flat.join(given, target, "run/model.safetensors"); });
    EXPECT_THAT(message, HasSubstr("run/model.safetensors: "));
    for (const auto& part : says) EXPECT_THAT(message, HasSubstr(part));
    EXPECT_TRUE(same_bits(target, at::zeros({13})));
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
