#include "elbow/foundations/observe/diagnosis_plots.h"

#include <gtest/gtest.h>

#include <cmath>

namespace elbow {
namespace ELBOW_TEST_FILE {

Json found() {
  const auto entry = [](const char* estimator, int particles, double snr) {
    return Json{{"estimator", estimator},
                {"particles", particles},
                {"groups",
                 {{{"group", "model"}, {"variance", 7.0}, {"snr", {{"value", 9.0}}}},
                  {{"group", "guide"}, {"variance", 10.0}, {"snr", {{"value", snr}}}}}}};
  };
  return {
      {"gradients", {{"entries", {entry("a", 4, 1.0), entry("a", 1, 10.0), entry("b", 4, 0.1)}}}},
      {"posterior",
       {{"kl_per_unit", {2.0, 0.5}},
        {"pareto_k", {{"histogram", {{"first", 0.0}, {"width", 0.5}, {"counts", {3, 1}}}}}}}}};
}

TEST(DiagnosisPlots, OneCurveForEachEstimatorOverTheParticles) {
  const auto plots = diagnosis_plots(found());
  ASSERT_EQ(plots.size(), 4u);
  EXPECT_EQ(plots[0].first, "gradient_snr");
  const auto& series = plots[0].second.series;
  ASSERT_EQ(series.size(), 2u);
  EXPECT_EQ(series[0].label, "a");
  const std::vector<std::pair<double, double>> curve{{0, 1}, {2, 0}};
  EXPECT_EQ(series[0].points, curve);
  // A point alone is drawn as a stroke.
  ASSERT_EQ(series[1].points.size(), 2u);
  EXPECT_DOUBLE_EQ(series[1].points[0].second, -1.0);
  EXPECT_LT(series[1].points[0].first, 2);
  EXPECT_GT(series[1].points[1].first, 2);
  EXPECT_DOUBLE_EQ(plots[1].second.series[0].points[0].second, 1.0);
}

TEST(DiagnosisPlots, BarsHaveAnOutline) {
  const auto plots = diagnosis_plots(found());
  const std::vector<std::pair<double, double>> bars{{0, 3}, {0.5, 3}, {0.5, 1}, {1, 1}};
  EXPECT_EQ(plots[3].second.series[0].points, bars);
  EXPECT_NE(render_svg(plots[3].second).find("<svg"), std::string::npos);
}

TEST(DiagnosisPlots, AFileThatSaysSomethingElseGivesNoPicture) {
  EXPECT_TRUE(diagnosis_plots(nullptr).empty());
  EXPECT_TRUE(diagnosis_plots({{"gradients", 3}, {"posterior", "x"}}).empty());
  EXPECT_TRUE(diagnosis_plots({{"gradients", {{"entries", {1, "a", nullptr}}}},
                               {"posterior", {{"kl_per_unit", {"a", nullptr}}}}})
                  .empty());
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
