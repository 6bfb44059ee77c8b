#include "elbow/neural/nn/module.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace elbow {
namespace ELBOW_TEST_FILE {

struct Leaf : Module {
  Leaf() {
    weight = register_parameter("weight", at::ones({2}));
    steps = register_buffer("steps", at::zeros({1}));
  }
  Tensor weight, steps;
};

struct Tree : Module {
  Tree() {
    left = register_module("left", std::make_shared<Leaf>());
    scale = register_parameter("scale", at::ones({}), /*requires_grad=*/false);
    register_module("right", std::make_shared<Leaf>());
    register_parameter("absent", Tensor(), /*requires_grad=*/false);
  }
  std::shared_ptr<Leaf> left;
  Tensor scale;
};

std::string names_in(const NamedItems<Tensor>& items) {
  std::string out;
  for (const auto& item : items) out += item.key() + " ";
  return out;
}

// Checkpoints are written by these names in this order.
TEST(Module, NamesItsOwnTensorsBeforeThoseOfItsParts) {
  const Tree tree;
  EXPECT_EQ(names_in(tree.named_parameters()), "scale left.weight right.weight ");
  EXPECT_EQ(names_in(tree.named_buffers()), "left.steps right.steps ");
  EXPECT_EQ(names_in(tree.own_parameters()), "scale absent ");
  EXPECT_TRUE(tree.left->weight.requires_grad());
  EXPECT_FALSE(tree.scale.requires_grad());
  EXPECT_TRUE(tree.named_parameters()["left.weight"].is_same(tree.left->weight));
  EXPECT_EQ(tree.named_parameters().find("weight"), nullptr);
  EXPECT_THROW(tree.named_parameters()["weight"], std::out_of_range);
}

TEST(Module, MovesItsTensorsInPlace) {
  Tree tree;
  tree.to(at::kDouble);
  EXPECT_EQ(tree.left->weight.scalar_type(), at::kDouble) << "the very tensor that a part holds";
  EXPECT_EQ(tree.left->steps.scalar_type(), at::kDouble);
  EXPECT_TRUE(tree.left->weight.is_leaf());
}

TEST(Module, TrainsWithItsParts) {
  Tree tree;
  EXPECT_TRUE(tree.left->is_training());
  tree.eval();
  EXPECT_FALSE(tree.is_training());
  EXPECT_FALSE(tree.left->is_training());
}

TEST(Module, RefusesNamesThatWouldLeadElsewhere) {
  Tree tree;
  for (const char* name : {"left", "scale", "a.b", ""}) {
    EXPECT_THROW(tree.register_buffer(name, at::ones({1})), std::logic_error) << name;
    EXPECT_THROW(tree.register_module(name, std::make_shared<Leaf>()), std::logic_error) << name;
  }
  EXPECT_THROW(tree.register_module("none", std::shared_ptr<Leaf>()), std::logic_error);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
