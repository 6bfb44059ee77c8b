#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "elbow/neural/nn/network.h"
#include "support/resolved_node.h"

namespace elbow::testing {

inline NetworkPtr build(const std::string& name,
                        const NetworkShapes& shapes,
                        const Json& overrides = Json::object(),
                        std::uint64_t with_seed = 1) {
  const ConfigNode node(resolved(info_in(network_factory(), name), overrides), "model.network");
  at::set_num_threads(
      1);  // small problems: threads that spin beside other programs cost more than they bring
  at::manual_seed(with_seed);
  auto network = network_factory().create(node, shapes);
  EXPECT_TRUE(node.unread().empty())
      << name << " ignores " << ::testing::PrintToString(node.unread());
  return network;
}

// Shapes that a kind of network can connect.
inline std::vector<NetworkShapes> shapes_of(const std::string& name) {
  const Shape vector = {5}, code = {6}, image = {2, 9, 7};
  if (name == "conv") return {{image, code}, {code, image}};
  return {{vector, code}, {image, code}, {code, image}};
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

inline Tensor input_for(const NetworkShapes& shapes,
                        const Shape& batch,
                        at::ScalarType dtype = at::kFloat) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(3);
  return at::randn(with_batch(batch, shapes.input), generator, at::TensorOptions(at::kDouble))
      .to(dtype);
}

}  // namespace elbow::testing
