#include "elbow/foundations/observe/svg_plot.h"

#include <gtest/gtest.h>

#include <cmath>

#include "markup_check.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

Plot curve(int num_points) {
  Plot plot;
  plot.title = "ELBO";
  plot.x_label = "step";
  plot.y_label = "nats";
  plot.series.push_back({"train", {}});
  for (int i = 0; i < num_points; ++i)
    plot.series[0].points.emplace_back(i * 10, -300 + 60 * std::tanh(i / 50.0));
  return plot;
}

/// The data of the series' lines, one string per path.
std::vector<std::string> paths(const std::string& svg) {
  std::vector<std::string> out;
  for (std::size_t at = 0; (at = svg.find(" d=\"", at)) != std::string::npos; ++at)
    out.push_back(svg.substr(at + 4, svg.find('"', at + 4) - at - 4));
  return out;
}

std::vector<double> heights(const std::string& path) {
  std::vector<double> out;
  for (std::size_t at = 0; (at = path.find(' ', at)) != std::string::npos; ++at)
    out.push_back(std::stod(path.substr(at)));
  return out;
}

TEST(SvgPlot, IsWellFormedAndTheSameEachTime) {
  const Plot plot = curve(100);
  EXPECT_EQ(markup_fault(render_svg(plot)), "");
  EXPECT_EQ(render_svg(plot), render_svg(plot));
  EXPECT_EQ(markup_fault(render_svg_file(plot)), "");
  EXPECT_NE(render_svg_file(plot).find("xmlns=\"http://www.w3.org/2000/svg\""), std::string::npos);
  EXPECT_EQ(render_svg(plot).find("http"), std::string::npos);
}

TEST(SvgPlot, ShowsLightAndDarkButAFileBringsItsOwnWhite) {
  EXPECT_NE(render_svg(curve(9)).find("prefers-color-scheme:dark"), std::string::npos);
  EXPECT_EQ(render_svg_file(curve(9)).find("prefers-color-scheme"), std::string::npos);
  EXPECT_NE(render_svg_file(curve(9)).find("fill=\"#fff\""), std::string::npos);
}

TEST(SvgPlot, KeepsAtMostTwoThousandPointsAndTheExtremes) {
  Plot plot = curve(0);
  for (int i = 0; i < 300000; ++i) plot.series[0].points.emplace_back(i, std::sin(i / 5000.0));
  plot.series[0].points[123456].second = 9;  // one point among 300,000 must stay visible
  plot.series[0].points[200001].second = -9;
  plot.width = 3000;
  const std::string svg = render_svg(plot);
  ASSERT_EQ(paths(svg).size(), 1u);
  const auto ys = heights(paths(svg)[0]);
  EXPECT_LE(ys.size(), 2000u);
  EXPECT_GT(ys.size(), 1000u);
  const auto [high, low] = std::minmax_element(ys.begin(), ys.end());  // y grows downwards
  EXPECT_GT(*low - *high, 200);
  EXPECT_EQ(std::count_if(ys.begin(), ys.end(), [&](double y) { return y < *high + 50; }), 1);
}

TEST(SvgPlot, NonFiniteValuesLeaveAGapAndACross) {
  Plot plot = curve(100);
  EXPECT_EQ(count_of(paths(render_svg(plot))[0], "M"), 1u);
  plot.series[0].points[50].second = NAN;
  plot.series[0].points[70].second = INFINITY;
  plot.series[0].points[71].second = -INFINITY;
  const std::string svg = render_svg(plot);
  EXPECT_EQ(count_of(paths(svg)[0], "M"), 3u);
  EXPECT_EQ(heights(paths(svg)[0]).size(), 97u);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
  EXPECT_GE(count_of(svg, "x\"/>"), 4u);
  // Also in a curve that is thinned out.
  Plot dense = curve(50000);
  for (int i = 25000; i < 25200; ++i) dense.series[0].points[i].second = NAN;
  EXPECT_EQ(count_of(paths(render_svg(dense))[0], "M"), 2u);
  // Gaps everywhere: the bound on points holds.
  for (int i = 0; i < 50000; i += 3) dense.series[0].points[i].second = NAN;
  dense.width = 3000;
  const std::string torn = render_svg(dense);
  EXPECT_LE(heights(paths(torn)[0]).size() + count_of(torn, "<circle"), 2000u);
}

TEST(SvgPlot, PointBetweenTwoGapsIsADot) {
  Plot plot = curve(0);
  plot.series[0].points = {{0, NAN}, {1, 5}, {2, NAN}};
  const std::string svg = render_svg(plot);
  EXPECT_TRUE(paths(svg).empty());
  EXPECT_EQ(count_of(svg, "<circle"), 1u);
}

TEST(SvgPlot, OddDataNeitherFailsNorLeavesTheFrame) {
  std::vector<std::vector<std::pair<double, double>>> cases{{},
                                                            {{3, 4}},
                                                            {{0, 0}, {1, 0}},
                                                            {{0, 1e308}, {1, -1e308}},
                                                            {{0, 1e-310}, {1, 2e-310}},
                                                            {{NAN, 1}, {INFINITY, 2}},
                                                            {{0, 1e-3}, {1e9, 1e-3}},
                                                            {{5, 7}, {5, 8}},
                                                            {{0, 1}, {1, 1 + 1e-15}},
                                                            {{-1e300, 1}, {1e300, 2}}};
  for (const auto& points : cases)
    for (const bool focus : {false, true}) {
      Plot plot = curve(0);
      plot.focus = focus;
      plot.series[0].points = points;
      plot.marks = {0, NAN, 1e99};
      const std::string svg = render_svg(plot);
      EXPECT_EQ(markup_fault(svg), "");
      EXPECT_LT(svg.size(), 20000u);
      for (const auto& path : paths(svg))
        for (const double y : heights(path)) EXPECT_TRUE(y >= 0 && y <= 360) << y;
    }
}

TEST(SvgPlot, TicksAreRoundNumbersWithSeparators) {
  Plot plot = curve(0);
  plot.series[0].points = {{0, -551.3}, {46900, -235.2}};
  const std::string svg = render_svg(plot);
  for (const char* tick : {">0<", ">10,000<", ">40,000<", ">-500<", ">-300<"})
    EXPECT_NE(svg.find(tick), std::string::npos) << tick;
  plot.series[0].points = {{0, 1e-3}, {100, 2e-4}};
  EXPECT_NE(render_svg(plot).find(">0.0006<"), std::string::npos);
  plot.series[0].points = {{0, 1e-6}, {3, 2e-5}};
  const std::string small = render_svg(plot);
  EXPECT_NE(small.find(">1e-05<"), std::string::npos) << small;
  EXPECT_EQ(small.find(">0.5<"), std::string::npos);  // there is no half step
}

TEST(SvgPlot, EveryTextIsEscaped) {
  const std::string attack = "<script>alert('1')</script>\"&\x01\xFF";
  Plot plot = curve(10);
  plot.title = plot.x_label = plot.y_label = plot.series[0].label = plot.marks_label = attack;
  plot.marks = {50};
  const std::string svg = render_svg(plot);
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_EQ(markup_fault(svg), "");
  EXPECT_EQ(escape_html(attack),
            "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(escape_html("ünïcödé 漢字 \xED\xA0\x80"),
            "ünïcödé 漢字 \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(SvgPlot, LegendWrapsInsteadOfOverlapping) {
  Plot plot = curve(10);
  plot.width = 400;
  for (int i = 0; i < 12; ++i)
    plot.series.push_back({"a series with a long name " + std::to_string(i), {{0, i}, {90, i}}});
  const std::string svg = render_svg(plot);
  EXPECT_EQ(markup_fault(svg), "");
  // Row by row, no label begins before the last one ended (at 6.8 pixels a character).
  double row = -1, end = 0;
  int num_labels = 0;
  static const std::regex kText(
      "<text x=\"([0-9.]+)\" y=\"([0-9.]+)\" class=\"[^\"]*t\">([^<]*)</text>");
  for (std::sregex_iterator it(svg.begin(), svg.end(), kText), last; it != last; ++it) {
    const double x = std::stod((*it)[1]), y = std::stod((*it)[2]);
    EXPECT_GE(x, y == row ? end : 0);
    row = y;
    end = x + 6.8 * static_cast<double>((*it)[3].length());
    EXPECT_LE(end, 400);
    ++num_labels;
  }
  EXPECT_EQ(num_labels, 14);  // the title and 13 series
}

TEST(SvgPlot, FocusShowsTheCurveBehindTheFirstSteps) {
  Plot plot = curve(0);
  for (int i = 0; i <= 1000; ++i)
    plot.series[0].points.emplace_back(i, i < 10 ? -550 : -250 + i / 100.0);
  const std::string whole = render_svg(plot);
  EXPECT_NE(whole.find(">-500<"), std::string::npos);
  plot.focus = true;
  const std::string focused = render_svg(plot);
  EXPECT_EQ(focused.find(">-500<"), std::string::npos);
  EXPECT_NE(focused.find("first steps not shown"), std::string::npos);
}

TEST(SvgPlot, MarksAreDrawnAndNamed) {
  Plot plot = curve(100);
  const std::string before = render_svg(plot);
  EXPECT_EQ(before.find("resumed"), std::string::npos);
  plot.marks = {100, 500, 5000};  // the last lies behind the curve
  const std::string svg = render_svg(plot);
  EXPECT_NE(svg.find(">resumed<"), std::string::npos);
  EXPECT_EQ(count_of(svg, "k\"/>"), 3u);  // the legend's and two
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
