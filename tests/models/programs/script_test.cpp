// Densities from TorchScript: what is read, what is refused, and values against the formula.
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/user_code.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/models/programs/script_target.h"
#include "foundations/observe/temporary_folder.h"
#include "support/script_files.h"
#include "support/seeded.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using at::Tensor;
using ::testing::HasSubstr;

class Script : public ::testing::Test {
 protected:
  std::string write(const std::vector<std::string>& methods,
                    const std::vector<std::string>& names = {}) const {
    std::string file = folder_.path() + "/density.pt";
    test::write_script(file, methods, names);
    return file;
  }

  std::shared_ptr<const ScriptTarget> read(const std::vector<std::string>& methods,
                                           const std::vector<std::string>& names = {}) const {
    return ScriptTarget::from_file(write(methods, names));
  }

  void expect_refused(const std::string& method, const std::string& why) const {
    try {
      read({method});
      ADD_FAILURE() << "taken: " << method;
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr(why));
      EXPECT_FALSE(error.help().empty());
    }
  }

  TemporaryFolder folder_;
};

// The first of the file: nothing has allowed code yet.
TEST_F(Script, RunsNoCodeUnlessAllowed) {
  const std::string file = write({test::kScriptOfANormal});
  if (!is_user_code_allowed()) {
    EXPECT_THROW(ScriptTarget::from_file(file), UsageError);
    allow_user_code();
  }
  EXPECT_EQ(ScriptTarget::from_file(file)->size(), 3);
}

TEST_F(Script, HasValuesAndGradientsOfTheFormula) {
  allow_user_code();
  const auto target = read({test::kScriptOfANormal});
  Tensor z = testing::seeded(4).normal({2, 5, 3}, at::kDouble).set_requires_grad(true);
  const Tensor mean = at::arange(3, at::kDouble), found = target->log_density(z);
  EXPECT_TRUE(at::allclose(found, -0.5 * (z - mean).square().sum(-1), 0, 1e-12));
  const Tensor gradient = torch::autograd::grad({found.sum()}, {z}).front();
  EXPECT_TRUE(at::allclose(gradient, mean - z, 0, 1e-12));
  EXPECT_EQ(target->quantities().at(2).name, "theta[3]");
  EXPECT_EQ(target->rejections().rejected, 0);
  EXPECT_EQ(target->bytes(), io::read_file(folder_.path() + "/density.pt"));
}

TEST_F(Script, ConstrainsAndNames) {
  allow_user_code();
  const std::string constrain =
      "def constrain(self, theta):\n"
      "  return torch.cat([theta, theta.exp().sum(-1, keepdim=True)], 1)\n";
  const auto target = read({test::kScriptOfANormal, constrain}, {"a", "b", "c", "total"});
  EXPECT_EQ(target->quantities().back().name, "total");
  const Tensor z = testing::seeded(5).normal({4, 2, 3}, at::kDouble);
  EXPECT_TRUE(at::allclose(target->quantities_at(z).select(-1, 3), z.exp().sum(-1), 0, 1e-12));
  EXPECT_EQ(read({test::kScriptOfANormal, constrain})->quantities().back().name, "q[4]");
  EXPECT_THROW(read({test::kScriptOfANormal, constrain}, {"a", "b"}), DataError);
  EXPECT_THROW(read({test::kScriptOfANormal}, {"a", "b", "a"}), DataError);
}

TEST_F(Script, PointsWithoutADensityAreCounted) {
  allow_user_code();
  const auto target =
      read({"def log_density(self, theta):\n"
            "  x = theta[:, 0]\n"
            "  out = torch.where(x > 0, -x, torch.full_like(x, float('inf')))\n"
            "  return torch.where(x > -1, out, torch.log(x)) - 0.5 * theta.pow(2).sum(-1)\n"});
  const Tensor z =
      at::tensor({1.0, 0.0, 0.0, -0.5, 0.0, 0.0, -3.0, 0.0, 0.0}, at::kDouble).view({3, 3});
  const Tensor found = target->log_density(z);
  EXPECT_DOUBLE_EQ(found[0].item<double>(), -1.5);
  for (const int i : {1, 2}) EXPECT_EQ(found[i].item<double>(), -INFINITY);
  EXPECT_EQ(target->rejections().evaluated, 3);
  EXPECT_EQ(target->rejections().rejected, 2);
  EXPECT_THAT(target->rejections().first_reason, HasSubstr("log_density is infinity"));
}

TEST_F(Script, MistakesAreRefusedWithAWayOut) {
  allow_user_code();
  const std::string head = "def log_density(self, theta):\n  return ";
  expect_refused(head + "-theta.pow(2).sum()\n", "has the shape []");
  expect_refused(head + "-theta.pow(2)\n", "has the shape [100, 3]");
  expect_refused(head + "-(theta * theta.detach()).sum(-1)\n", "the gradient of log_density");
  expect_refused(head + "-theta.pow(2).sum(-1) + torch.randn(theta.size(0))\n", "is random");
  expect_refused(head + "-theta.pow(2).sum(-1) + theta.mean()\n", "depends on the other points");
  expect_refused(head + "theta.detach().sum(-1)\n", "no gradient flows");
  expect_refused(head + "torch.log(theta.sum(-1) - 100)\n", "at no three of 100 points");
  expect_refused(head + "theta.matmul(torch.ones([7, 7])).sum(-1)\n", "cannot be multiplied");
  expect_refused(head + "(theta.sum(-1) > 0)\n", "no floating-point numbers");
  expect_refused("def density(self, theta):\n  return theta.sum(-1)\n", "no method log_density");
  io::write_file(folder_.path() + "/text.pt", "no archive");
  EXPECT_THROW(ScriptTarget::from_file(folder_.path() + "/text.pt"), DataError);
  EXPECT_THROW(ScriptTarget::from_file(folder_.path() + "/none.pt"), DataError);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
