#include "elbow/foundations/observe/diagnosis_plots.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "report_parts.h"

namespace elbow {
namespace {

const Json& list_at(const Json& object, const char* key) {
  static const Json empty = Json::array();
  if (!object.is_object() || !object.contains(key) || !object.at(key).is_array()) return empty;
  return object.at(key);
}

const Json& object_at(const Json& object, const char* key) {
  static const Json empty = Json::object();
  if (!object.is_object() || !object.contains(key) || !object.at(key).is_object()) return empty;
  return object.at(key);
}

/// The guide's gradient is what estimators differ in; without a guide of its own the model's.
const Json& shown_group(const Json& entry) {
  static const Json none = Json::object();
  const Json* found = &none;
  for (const Json& group : list_at(entry, "groups")) {
    const std::string name = report::words(group, "group");
    if (name == "guide" || (name == "model" && found == &none)) found = &group;
  }
  return *found;
}

/// One curve for each estimator, over log2 of the number of particles.
template <class Value>
Plot over_particles(const Json& entries, const std::string& title, const std::string& y, Value of) {
  std::map<std::string, Series> curves;
  std::vector<std::string> order;
  for (const Json& entry : entries) {
    const auto particles = report::number(entry, "particles");
    const std::string label = report::words(entry, "estimator");
    const auto value = of(shown_group(entry));
    if (!particles || *particles < 1 || !value || !(*value > 0)) continue;
    if (curves.count(label) == 0) order.push_back(label);
    curves[label].label = label;
    curves[label].points.emplace_back(std::log2(*particles), std::log10(*value));
  }
  Plot plot;
  plot.title = title;
  plot.x_label = "log2 of the number of particles";
  plot.y_label = y;
  for (const auto& label : order) {
    Series& curve = curves[label];
    std::sort(curve.points.begin(), curve.points.end());
    // A point alone would not be seen.
    if (curve.points.size() == 1) {
      const auto [x, height] = curve.points.front();
      curve.points = {{x - 0.25, height}, {x + 0.25, height}};
    }
    plot.series.push_back(std::move(curve));
  }
  return plot;
}

/// The outline of bars.
Series outline(const Json& heights, double first, double width, const std::string& label) {
  Series out{label, {}};
  double x = first;
  for (const Json& height : heights) {
    if (!height.is_number()) continue;
    out.points.emplace_back(x, height.get<double>());
    x += width;
    out.points.emplace_back(x, height.get<double>());
  }
  return out;
}

Plot units_plot(const Json& posterior) {
  Plot plot;
  plot.title = "KL of each latent unit";
  plot.x_label = "units, the largest first";
  plot.y_label = "nats";
  plot.series.push_back(outline(list_at(posterior, "kl_per_unit"), 0, 1, "KL"));
  return plot;
}

Plot shapes_plot(const Json& posterior) {
  const Json& bins = object_at(object_at(posterior, "pareto_k"), "histogram");
  Plot plot;
  plot.title = "Pareto k of each example's importance weights";
  plot.x_label = "k; the outermost bars hold what lies beyond";
  plot.y_label = "examples";
  plot.series.push_back(outline(list_at(bins, "counts"),
                                report::number(bins, "first").value_or(0),
                                report::number(bins, "width").value_or(1),
                                "examples"));
  plot.marks = {0.7};
  plot.marks_label = "0.7, the largest that can be trusted";
  return plot;
}

}  // namespace

std::vector<std::pair<std::string, Plot>> diagnosis_plots(const Json& diagnosis) {
  const Json& entries = list_at(object_at(diagnosis, "gradients"), "entries");
  const Json& posterior = object_at(diagnosis, "posterior");
  std::vector<std::pair<std::string, Plot>> out{
      {"gradient_snr",
       over_particles(
           entries,
           "Signal-to-noise ratio of the guide's gradient",
           "log10 of |mean| / standard deviation",
           [](const Json& group) { return report::number(object_at(group, "snr"), "value"); })},
      {"gradient_variance",
       over_particles(entries,
                      "Variance of the guide's gradient",
                      "log10 of the sum over parameters",
                      [](const Json& group) { return report::number(group, "variance"); })},
      {"kl_per_unit", units_plot(posterior)},
      {"pareto_k", shapes_plot(posterior)}};
  const auto is_empty = [](const auto& item) {
    return std::all_of(item.second.series.begin(), item.second.series.end(), [](const Series& s) {
      return s.points.empty();
    });
  };
  out.erase(std::remove_if(out.begin(), out.end(), is_empty), out.end());
  return out;
}

}  // namespace elbow
