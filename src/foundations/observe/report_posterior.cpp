// The section "Posterior" of a report: RUN/posterior.json.
#include <algorithm>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/observe/svg_plot.h"
#include "report_parts.h"
#include "text_format.h"

namespace elbow::report {
namespace {

constexpr std::size_t kMaxQuantityRows = 100, kMaxPlots = 12, kMaxSeries = 6, kMaxPoints = 1000;
constexpr int kQuantityHeight = 290;

std::string digits_of(const Json& object, const char* key, int digits = 4) {
  if (words(object, key) == "inf") return "\u221e";
  const auto value = number(object, key);
  return value ? text::significant(*value, digits) : "\u2013";
}

std::string quantities_table(const Json& found) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& one : list_of(found, "quantities")) {
    if (rows.size() == kMaxQuantityRows) break;
    rows.push_back({words(one, "name"),
                    digits_of(one, "mean"),
                    digits_of(one, "mcse", 2),
                    digits_of(one, "sd"),
                    digits_of(one, "q5"),
                    digits_of(one, "q50"),
                    digits_of(one, "q95"),
                    digits_of(one, "ess_bulk", 3),
                    digits_of(one, "ess_tail", 3),
                    digits_of(one, "r_hat", 5)});
  }
  if (rows.empty()) return "";
  const std::string kind = words(found, "kind");
  const bool is_one = words(found, "draws") == "1";
  std::string caption =
      words(found, "draws") +
      (kind == "particles" ? (is_one ? " particle" : " particles") : (is_one ? " draw" : " draws"));
  if (kind != "particles") caption += kind == "chains" ? " of all chains" : " of the guide";
  const auto count = number(found, "num_quantities");
  if (count && *count > static_cast<double>(rows.size()))
    caption += "; " + words(found, "num_quantities") + " quantities, of which the first are here";
  return table({"quantity",
                "mean",
                "MCSE",
                "sd",
                "5 %",
                "50 %",
                "95 %",
                "ESS, bulk",
                "ESS, tail",
                "R\u0302"},
               rows,
               caption);
}

std::string chains_table(const Json& found) {
  if (!found.is_object() || !found.contains("chains")) return "";
  std::vector<std::vector<std::string>> rows;
  for (const Json& one : list_of(found.at("chains"), "of_each")) {
    if (rows.size() == kMaxQuantityRows) break;
    rows.push_back({std::to_string(rows.size() + 1),
                    digits_of(one, "acceptance"),
                    digits_of(one, "step_size"),
                    digits_of(one, "leapfrog_steps"),
                    digits_of(one, "divergent"),
                    digits_of(one, "e_bfmi", 3)});
  }
  if (rows.empty()) return "";
  return table({"chain",
                "mean acceptance",
                "step size",
                "leapfrog steps per draw",
                "divergent paths",
                "E-BFMI"},
               rows,
               "the chains");
}

Plot histogram_plot(const std::string& name, const Json& histogram) {
  Plot plot = small_plot(name, name, "density", kQuantityHeight);
  const auto first = number(histogram, "first"), width = number(histogram, "width");
  if (first && width && *width > 0)
    plot.series.push_back(steps_of("", list_of(histogram, "density"), *first, *width));
  return plot;
}

Plot trace_plot(const std::string& name, const Json& one) {
  Plot plot = small_plot(name + ": trace", "draw", name, kQuantityHeight);
  const double stride = number(one, "stride").value_or(1);
  for (const Json& trace : list_of(one, "traces")) {
    if (plot.series.size() == kMaxSeries || !trace.is_array()) break;
    Series series{"chain " + std::to_string(plot.series.size() + 1), {}};
    for (std::size_t i = 0; i < std::min(trace.size(), kMaxPoints); ++i)
      series.points.emplace_back(1 + stride * static_cast<double>(i), number_or_nan(trace[i]));
    plot.series.push_back(std::move(series));
  }
  return plot;
}

Plot rank_plot(const std::string& name, const Json& one) {
  Plot plot =
      small_plot(name + ": ranks", "rank among all draws, share", "relative frequency", kQuantityHeight);
  for (const Json& ranks : list_of(one, "ranks")) {
    if (plot.series.size() == kMaxSeries || !ranks.is_array() || ranks.empty()) break;
    plot.series.push_back(steps_of("chain " + std::to_string(plot.series.size() + 1),
                                   ranks,
                                   0,
                                   1.0 / static_cast<double>(ranks.size())));
  }
  return plot;
}

std::string plots_of(const Json& found) {
  std::string out;
  std::size_t count = 0;
  for (const Json& one : list_of(found, "plots")) {
    if (++count > kMaxPlots || !one.is_object()) break;
    const std::string name = words(one, "name");
    for (const Plot& plot : {histogram_plot(name, one.value("histogram", Json())),
                             trace_plot(name, one),
                             rank_plot(name, one)})
      if (!plot.series.empty()) out += render_svg(plot);
  }
  if (out.empty()) return "";
  const bool has_chains = words(found, "kind") == "chains";
  return "<p class=\"muted\">" +
         std::string(has_chains ? "The quantities whose chains agree least come first. Chains that "
                                  "agree have ranks that are spread evenly, around 1."
                                : "The first quantities.") +
         "</p>\n<div class=\"plots\">\n" + out + "</div>\n";
}

}  // namespace

std::string posterior(const Json& found) {
  if (!found.is_object() || list_of(found, "quantities").empty())
    throw DataError("it has no list \"quantities\"");
  return quantities_table(found) + chains_table(found) + plots_of(found);
}

}  // namespace elbow::report
