// Values of scripts/make_golden_hidden_markov.py.
#include <fstream>

#include "models/conjugate/hidden_markov_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

Json golden_case(const std::string& name) {
  std::ifstream file(std::string(ELBOW_SOURCE_DIR) + "/tests/golden/hidden_markov.json");
  return Json::parse(file).at("cases").at(name);
}

/// Nested lists of numbers; null is a missing value.
Tensor tensor_of(const Json& numbers) {
  if (!numbers.is_array())
    return at::full({}, numbers.is_null() ? testing::kMissing : numbers.get<double>(), at::kDouble);
  std::vector<Tensor> rows;
  for (const auto& row : numbers) rows.push_back(tensor_of(row));
  return at::stack(rows);
}

void expect_parameters(const ConjugateModel& model, const Globals& globals, const Json& wanted) {
  for (std::size_t i = 0; i < globals.size(); ++i) {
    const GlobalFactor& factor = model.factors()[i];
    for (const auto& [name, value] : factor.family->ordinary(globals.natural(i))) {
      const Tensor reference = tensor_of(wanted.at(factor.name).at(name));
      ASSERT_EQ(value.sizes(), reference.sizes()) << factor.name << " " << name;
      EXPECT_TRUE(at::allclose(value, reference, 1e-8, 1e-8)) << factor.name << " " << name;
    }
  }
}

class HiddenMarkovGolden : public ::testing::TestWithParam<std::string> {};

TEST_P(HiddenMarkovGolden, EveryIterationIsTheOracles) {
  const Json golden = golden_case(GetParam());
  const Tensor x = tensor_of(golden.at("x"));
  Json keys = golden.at("config");
  const Json component = keys.at("component");
  const auto model = testing::hidden_markov(
      keys.at("num_states").get<std::int64_t>(), {x.size(1), x.size(2)}, component, keys);
  std::vector<Tensor> natural;
  for (const auto& factor : model->factors()) {
    std::vector<Tensor> ordinary;
    for (const auto& [name, value] : golden.at("start").at(factor.name).items())
      ordinary.push_back(tensor_of(value));
    natural.push_back(factor.family->natural(ordinary));
  }
  Globals globals(model->factors(), natural);
  Tensor local;
  for (const auto& iteration : golden.at("iterations")) {
    const double bound = iteration.at("bound").get<double>();
    EXPECT_NEAR(testing::ascend(*model, x, globals, local), bound, 1e-8 * std::abs(bound));
    expect_parameters(*model, globals, iteration.at("after"));
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, HiddenMarkovGolden, ::testing::Values("normal", "categorical"));

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
