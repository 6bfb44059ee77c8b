// Values of tests/golden/supports.json; its first key is the command that made it.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>

#include "elbow/foundations/core/config_node.h"
#include "elbow/probability/transforms/support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

Json golden_cases() {
  std::ifstream file(std::string(ELBOW_SOURCE_DIR) + "/tests/golden/supports.json");
  return Json::parse(file).at("cases");
}

Tensor tensor_of(const Json& numbers) {
  if (!numbers.at(0).is_array())
    return at::tensor(numbers.get<std::vector<double>>(), at::TensorOptions(at::kDouble));
  std::vector<Tensor> rows;
  for (const auto& row : numbers) rows.push_back(tensor_of(row));
  return at::stack(rows);
}

void expect_close(const Tensor& ours, const Tensor& theirs, const std::string& what) {
  ASSERT_EQ(ours.sizes(), theirs.sizes()) << what;
  const Tensor error = (ours - theirs).abs() / theirs.abs().clamp_min(1.0);
  EXPECT_LT(error.max().item<double>(), 1e-10) << what << "\n" << ours << theirs;
}

TEST(SupportGolden, ValuesAndLogDeterminantsAgreeToTenDigits) {
  const Json cases = golden_cases();
  for (const Support& support : all_supports()) {
    if (!support.has_bijection()) continue;
    ASSERT_TRUE(cases.contains(support.text())) << support.text() << " needs golden values";
    const Json& golden = cases.at(support.text());
    const auto bijection = support.bijection(golden.at("event_shape").get<Shape>());
    const Tensor x = tensor_of(golden.at("x")), y = tensor_of(golden.at("y"));
    const Tensor log_det = tensor_of(golden.at("log_det"));
    const auto [ours, our_log_det] = bijection->forward_and_log_det(x);
    expect_close(ours, y, support.text());
    expect_close(our_log_det, log_det, support.text() + " log_det");
    const auto [back, back_log_det] = bijection->inverse_and_log_det(y);
    expect_close(back, x, support.text() + " inverse");
    expect_close(back_log_det, -log_det, support.text() + " inverse log_det");
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
