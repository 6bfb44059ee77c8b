// The programs of tests/programs against tests/golden/programs.json, whose values
// scripts/oracle/program_densities.py has from formulas of its own.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "elbow/data/sources/formats.h"
#include "elbow/foundations/core/error.h"
#include "elbow/models/programs/program_density.h"
#include "models/programs/program_examples.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::density_of;

const std::string kPrograms = std::string(ELBOW_SOURCE_DIR) + "/tests/programs/";

std::string data_text(const std::string& name) {
  const std::string own = kPrograms + "data/" + name + ".json";
  if (std::filesystem::exists(own)) return testing::text_in(own);
  const char* folder = std::getenv("ELBOW_DATA");
  const std::string shared =
      std::string(folder == nullptr ? "" : folder) + "/posteriordb/data/" + name + ".json.gz";
  return std::filesystem::exists(shared) ? data::read_maybe_gzip(shared) : "";
}

const Json& golden() {
  static const Json all =
      Json::parse(testing::text_in(std::string(ELBOW_SOURCE_DIR) + "/tests/golden/programs.json"));
  return all;
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const auto& [name, expected] : golden().items()) out.push_back(name);
  return out;
}

class ProgramOfTheDataBase : public ::testing::TestWithParam<std::string> {};

TEST_P(ProgramOfTheDataBase, HasTheDensityAndTheGradientOfIndependentFormulas) {
  const Json& expected = golden().at(GetParam());
  const std::string text = data_text(expected.at("data"));
  if (text.empty()) GTEST_SKIP() << "set ELBOW_DATA to the folder with posteriordb";
  const auto density = density_of(testing::text_in(kPrograms + GetParam() + ".stan"), text);
  ASSERT_EQ(density->size(), expected.at("size").get<std::int64_t>());
  std::vector<Tensor> points;
  for (const Json& point : expected.at("points"))
    points.push_back(at::tensor(point.get<std::vector<double>>(), at::kDouble));
  const auto [values, gradients] = testing::with_gradient(*density, at::stack(points));
  for (std::size_t k = 0; k < points.size(); ++k) {
    const auto at = static_cast<std::int64_t>(k);
    const double wanted = expected.at("log_density")[k].get<double>();
    EXPECT_NEAR(values[at].item<double>(), wanted, 1e-9 * std::max(1.0, std::abs(wanted)));
    const Tensor slope =
        at::tensor(expected.at("gradient")[k].get<std::vector<double>>(), at::kDouble);
    EXPECT_LT((gradients[at] - slope).norm().item<double>(), 1e-9 * slope.norm().item<double>());
  }
  // One draw at a time, as where conditions depend on parameters, is the same.
  EXPECT_NEAR(density->log_density(points[2].unsqueeze(0)).item<double>(),
              values[2].item<double>(),
              1e-12 * std::abs(values[2].item<double>()));
  EXPECT_EQ(density->rejected_draws().rejected, 0) << density->rejected_draws().first_reason;
  const Tensor quantities = density->quantities_at(at::stack(points), /*seed=*/1);
  EXPECT_EQ(quantities.size(1), static_cast<std::int64_t>(density->quantities().size()));
  EXPECT_FALSE(quantities.isnan().any().item<bool>());
}

INSTANTIATE_TEST_SUITE_P(All,
                         ProgramOfTheDataBase,
                         ::testing::ValuesIn(names()),
                         [](const auto& one) { return one.param; });

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
