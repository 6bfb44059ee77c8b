// The sections "Pairs" and "Posterior predictive checks" of a report: RUN/posterior.json.
#include <algorithm>

#include "elbow/foundations/observe/svg_plot.h"
#include "report_parts.h"
#include "text_format.h"

namespace elbow::report {
namespace {

constexpr std::size_t kMostPlots = 6, kMostDots = 1000, kMostElements = 100;
constexpr int kCheckHeight = 320;

Series dots_of(const std::string& label, const Json& points) {
  Series out{label, {}, Series::Mark::dots};
  for (const Json& point : points) {
    if (out.points.size() == kMostDots) break;
    if (point.is_array() && point.size() == 2)
      out.points.emplace_back(number_or_nan(point[0]), number_or_nan(point[1]));
  }
  return out;
}

std::string pair_plot(const Json& pair, const std::string& kind) {
  const std::string x = words(pair, "x"), y = words(pair, "y");
  Plot plot = small_plot(y + " against " + x, x, y, kCheckHeight);
  const bool has_guide = kind == "draws";
  plot.series.push_back(dots_of(has_guide ? "guide" : kind, list_of(pair, "points")));
  for (const auto& [key, label] : {std::pair("divergent", "after a divergent path"),
                                   std::pair("posterior", "posterior, by importance weights")})
    if (const Json& points = list_of(pair, key); !points.empty())
      plot.series.push_back(dots_of(label, points));
  return plot.series.front().points.empty() ? "" : render_svg(plot);
}

std::string percent(const Json& object, const char* key) {
  const auto share = number(object, key);
  return share ? text::fixed(*share * 100, 0) + " %" : "\u2013";
}

std::string statistics_table(const Json& one) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& found : list_of(one, "statistics")) {
    if (rows.size() == kMostPlots) break;
    std::vector<std::string> row{words(found, "name")};
    for (const char* key : {"observed", "q5", "q50", "q95"}) {
      const auto value = number(found, key);
      row.push_back(value ? text::significant(*value, 4) : "\u2013");
    }
    const auto above = number(found, "share_above");
    row.push_back(above ? text::fixed(*above, 3) : "\u2013");
    rows.push_back(std::move(row));
  }
  if (rows.empty()) return "";
  return table({"statistic", "of the data", "5 %", "50 %", "95 %", "share of replications above"},
               rows,
               words(one, "name") + ": " + percent(one, "inside_50") + " of the " +
                   words(one, "count") +
                   " data lie within the middle 50 % of their replications, " +
                   percent(one, "inside_90") + " within the middle 90 %");
}

std::string interval_plot(const Json& one) {
  const std::string name = words(one, "name");
  const Json& intervals = list_of(one, "intervals");
  Plot plot = small_plot(name + ": intervals", "element", name, kCheckHeight);
  plot.width = 720;
  Series wide{"90 % of the replications", {}, Series::Mark::bars},
      narrow{"50 %", {}, Series::Mark::broad_bars}, data{"data", {}, Series::Mark::dots};
  double element = 0;
  for (const Json& interval : intervals) {
    if (++element > static_cast<double>(kMostElements) || !interval.is_object()) break;
    const auto at = [&interval](const char* key) {
      return number_or_nan(interval.value(key, Json()));
    };
    for (const char* end : {"q5", "q95"}) wide.points.emplace_back(element, at(end));
    for (const char* end : {"q25", "q75"}) narrow.points.emplace_back(element, at(end));
    if (interval.contains("observed")) data.points.emplace_back(element, at("observed"));
  }
  if (wide.points.empty()) return "";
  plot.series = {wide, narrow};
  if (!data.points.empty()) plot.series.push_back(data);
  return render_svg(plot);
}

std::string histogram_plot_of(const Json& one) {
  const Json histogram = one.value("histogram", Json());
  const auto first = number(histogram, "first"), width = number(histogram, "width");
  if (!first || !width || !(*width > 0)) return "";
  const std::string name = words(one, "name");
  Plot plot = small_plot(name + ": all elements", "value", "density", kCheckHeight);
  Series band{"90 % of the replications", {}, Series::Mark::bars};
  const Json &low = list_of(histogram, "low"), &high = list_of(histogram, "high"),
             &observed = list_of(histogram, "observed");
  for (std::size_t i = 0; i < std::min({low.size(), high.size(), observed.size(), kMostElements});
       ++i) {
    const double middle = *first + *width * (static_cast<double>(i) + 0.5);
    band.points.emplace_back(middle, number_or_nan(low[i]));
    band.points.emplace_back(middle, number_or_nan(high[i]));
  }
  plot.series = {band, steps_of("data", observed, *first, *width)};
  return render_svg(plot);
}

}  // namespace

std::string pairs(const Json& found) {
  std::string out;
  std::size_t count = 0;
  for (const Json& pair : list_of(found, "pairs"))
    if (pair.is_object() && ++count <= kMostPlots) out += pair_plot(pair, words(found, "kind"));
  if (out.empty()) return "";
  return "<p class=\"muted\">The parameters that depend on each other most, by their ranks or by "
         "the spread of one against the other.</p>\n<div class=\"plots\">\n" +
         out + "</div>\n";
}

std::string predictive(const Json& found) {
  std::string out;
  std::size_t count = 0;
  for (const Json& one : list_of(found, "predictive")) {
    if (!one.is_object() || ++count > kMostPlots) continue;
    out += statistics_table(one) + "<div class=\"plots\">\n" + interval_plot(one) +
           histogram_plot_of(one) + "</div>\n";
    if (!one.contains("statistics"))
      out += "<p class=\"muted\">No data of the program have the name and the size that " +
             escape_html(words(one, "name")) +
             " imitates; name the replications of y y_rep to see both.</p>\n";
  }
  return out;
}

}  // namespace elbow::report
