#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "elbow/neural/nn/network.h"
#include "support/resolved_node.h"

namespace elbow::testing {

inline NetworkPtr build(const std::string& name,
                        const BuildContext& context,
                        const Json& overrides = Json::object(),
                        std::uint64_t with_seed = 1) {
  const ConfigNode node(resolved(info_in(network_factory(), name), overrides), "model.network");
  at::set_num_threads(
      1);  // small problems: threads that spin beside other programs cost more than they bring
  at::manual_seed(with_seed);
  auto network = network_factory().create(node, context);
  EXPECT_TRUE(node.unread().empty())
      << name << " ignores " << ::testing::PrintToString(node.unread());
  return network;
}

inline BuildContext between(const Shape& input, const Shape& output) {
  return {/*event_shape=*/output, /*context_shape=*/input};
}

// Shapes that a kind of network can connect.
inline std::vector<BuildContext> contexts_of(const std::string& name) {
  const Shape vector = {5}, code = {6}, image = {2, 9, 7};
  const BuildContext to_code = between(image, code), to_image = between(code, image);
  if (name == "conv") return {to_code, to_image};
  return {between(vector, code), to_code, to_image};
}

// Small sizes, for tests that go through every option.
inline Json small(const std::string& name) {
  if (name == "conv") return {{"channels", {3, 4}}, {"hidden_size", 8}};
  return {{"hidden_sizes", {8, 7}}};
}

inline Json merged(Json first, const Json& second) {
  first.update(second);
  return first;
}

inline Shape with_batch(const Shape& batch, const Shape& event) {
  Shape out = batch;
  out.insert(out.end(), event.begin(), event.end());
  return out;
}

inline Tensor input_for(const BuildContext& context,
                        const Shape& batch,
                        at::ScalarType dtype = at::kFloat) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(3);
  return at::randn(
             with_batch(batch, context.context_shape), generator, at::TensorOptions(at::kDouble))
      .to(dtype);
}

}  // namespace elbow::testing
