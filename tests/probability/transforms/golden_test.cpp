// Values of tests/golden/transforms.json; its first key is the command that made it.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>

#include "elbow/foundations/core/config_node.h"
#include "elbow/probability/transforms/affine.h"
#include "elbow/probability/transforms/element_bijector.h"
#include "elbow/probability/transforms/householder.h"
#include "elbow/probability/transforms/lu_linear.h"
#include "elbow/probability/transforms/planar.h"
#include "elbow/probability/transforms/radial.h"
#include "elbow/probability/transforms/sylvester.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

Json golden_cases() {
  std::ifstream file(std::string(ELBOW_SOURCE_DIR) + "/tests/golden/transforms.json");
  return Json::parse(file).at("cases");
}

Tensor tensor_of(const Json& numbers) {
  if (numbers.at(0).is_array()) {
    std::vector<Tensor> rows;
    for (const auto& row : numbers) rows.push_back(tensor_of(row));
    return at::stack(rows);
  }
  return at::tensor(numbers.get<std::vector<double>>(), at::TensorOptions(at::kDouble));
}

class Parameters {
 public:
  explicit Parameters(Json value) : value_(std::move(value)) {}
  Tensor operator[](const char* name) const {
    return value_.contains(name) ? tensor_of(value_.at(name)) : Tensor();
  }

 private:
  Json value_;
};

// A bijector with fixed parameters [D, P], as a transform has no other way to be alone.
class Elementwise : public Transform {
 public:
  Elementwise(ElementBijector bijector, Tensor parameters)
      : bijector_(std::move(bijector)), parameters_(std::move(parameters)) {}
  std::string name() const override { return bijector_.name; }
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override {
    return apply(bijector_.forward, x);
  }
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override {
    return apply(bijector_.inverse, y);
  }
  TransformPtr map_parameters(const ParameterMap& map) const override {
    return std::make_shared<Elementwise>(bijector_, map("parameters", parameters_));
  }

 private:
  std::pair<Tensor, Tensor> apply(const ElementBijector::Function& function,
                                  const Tensor& x) const {
    const auto shape = x.sizes().vec();
    const Tensor all = parameters_.expand({shape[0], shape[1], bijector_.num_parameters});
    const auto [y, log_slope] = function(x, all);
    return {y, log_slope.sum(-1)};
  }
  ElementBijector bijector_;
  Tensor parameters_;
};

TransformPtr sylvester(SylvesterBasis kind, const Parameters& p) {
  return std::make_shared<Sylvester>(kind, p["basis"], p["triangles"], p["diagonal"], p["bias"]);
}

TransformPtr build(const std::string& name, const Parameters& p) {
  if (name == "planar") return std::make_shared<Planar>(p["u"], p["w"], p["b"], true);
  if (name == "radial") return std::make_shared<Radial>(p["center"], p["log_alpha"], p["beta"]);
  if (name == "householder") return std::make_shared<Householder>(p["v"]);
  if (name == "affine") return std::make_shared<Affine>(p["shift"], p["log_scale"]);
  if (name == "lu_linear")
    return std::make_shared<LuLinear>(p["factors"], p["order"].to(at::kLong));
  if (name == "sylvester_orthogonal") return sylvester(SylvesterBasis::orthogonal, p);
  if (name == "sylvester_householder") return sylvester(SylvesterBasis::householder, p);
  if (name == "sylvester_identity") return sylvester(SylvesterBasis::identity, p);
  if (name == "sylvester_reversed") return sylvester(SylvesterBasis::reversed, p);
  if (name == "additive_bijector")
    return std::make_shared<Elementwise>(additive_bijector(), p["shift"].unsqueeze(-1));
  if (name == "spline_bijector") {
    SplineOptions options;
    options.num_bins = 5;
    return std::make_shared<Elementwise>(spline_bijector(options), p["raw"]);
  }
  const Tensor both = at::stack({p["shift"], p["raw"]}, -1);
  if (name == "affine_bijector") return std::make_shared<Elementwise>(affine_bijector(3.0), both);
  EXPECT_EQ(name, "gated_bijector") << "a new transform needs golden values and a line here";
  return std::make_shared<Elementwise>(gated_bijector(1.5), both);
}

std::vector<std::string> golden_names() {
  const Json cases = golden_cases();
  std::vector<std::string> out;
  for (const auto& item : cases.items()) out.push_back(item.key());
  return out;
}

class TransformGolden : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All,
                         TransformGolden,
                         ::testing::ValuesIn(golden_names()),
                         [](const auto& test) { return test.param; });

void expect_close(const Tensor& ours, const Tensor& theirs, const char* what) {
  ASSERT_EQ(ours.sizes(), theirs.sizes());
  const Tensor error = (ours - theirs).abs() / theirs.abs().clamp_min(1.0);
  EXPECT_LT(error.max().item<double>(), 1e-10) << what << "\n" << ours << theirs;
}

TEST_P(TransformGolden, ValuesAndLogDeterminantsAgreeToTenDigits) {
  const Json golden = golden_cases().at(GetParam());
  const auto transform = build(GetParam(), Parameters(golden.at("parameters")));
  const Tensor x = tensor_of(golden.at("x")), y = tensor_of(golden.at("y"));
  const Tensor log_det = tensor_of(golden.at("log_det"));
  const auto [ours, our_log_det] = transform->forward_and_log_det(x);
  expect_close(ours, y, "y");
  expect_close(our_log_det, log_det, "log_det");
  if (!transform->has_inverse()) {
    EXPECT_THROW(transform->inverse_and_log_det(y), c10::Error);
    return;
  }
  const auto [back, back_log_det] = transform->inverse_and_log_det(y);
  expect_close(back, x, "x");
  expect_close(back_log_det, -log_det, "log_det of the inverse");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
