#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/metric.h"
#include "elbow/foundations/io/json_file.h"
#include "elbow/foundations/observe/metrics.h"
#include "elbow/foundations/observe/svg_plot.h"
#include "report_parts.h"
#include "text_format.h"

namespace elbow::report {
namespace {

constexpr std::size_t kMaxEvaluations = 20, kMaxQuantities = 60;

struct Curve {
  std::string key, title, y_label;
  bool focus;
};

/// Of the primary metric.
Curve first_curve(const Json& run) {
  const Metric metric = metric_of(run);
  const std::string unit = metric.unit_of_mean();
  return {metric.name,
          metric.label,
          unit + (unit.empty() ? "" : ", ") + (metric.is_higher_better ? "higher" : "lower") +
              " is better",
          true};
}

const Curve kCurves[] = {
    {"relaxed_elbo", "ELBO of relaxed latents", "nats per example, higher is better", true},
    {"reconstruction", "Reconstruction", "nats per example, higher is better", true},
    {"kl", "KL divergence", "nats per example", true},
    {"residual", "Residual", "largest move, 0 at rest", true},
    {"held_dimensions", "Dimensions that are held", "spread by Stein's identity", true},
    {"bandwidth", "Bandwidth", "of the kernel", true},
    {"temperature", "Temperature", "of the target", false},
    {"acceptance", "Acceptance", "mean probability", false},
    {"step_size", "Step size", "of the leapfrog", true},
    {"leapfrog_steps", "Leapfrog steps", "per draw", true},
    {"rho", "Step size rho", "of each global update", false},
    {"grad_norm", "Gradient norm", "global norm before clipping", true},
    {"learning_rate", "Learning rate", "per step", false},
    {"examples_per_second", "Speed", "examples per second", false},
};

/// E_q[ln p(factor) - ln q(factor)] of a factor that all examples share.
bool is_global_term(const std::string& key) { return key.rfind("prior_", 0) == 0; }

std::string term_label(const std::string& key) {
  if (key == "expected_log_joint") return "expected log joint";
  return is_global_term(key) ? "prior: " + key.substr(6) : key;
}

/// Later records replace those of the same or later steps: a rollback repeats steps.
void append(double step, double value, Series* series) {
  auto& points = series->points;
  while (!points.empty() && points.back().first >= step) points.pop_back();
  points.emplace_back(step, value);
}

/// What the records of a split say of one key.
Series series_of(const std::vector<Json>& records,
                 const std::string& split,
                 const std::string& key,
                 const std::string& label) {
  Series series{label, {}};
  for (const Json& record : records) {
    const auto step = number(record, "step");
    if (!step || !std::isfinite(*step) || words(record, "split") != split || !record.contains(key))
      continue;
    append(*step,
           number(record, key.c_str()).value_or(std::numeric_limits<double>::quiet_NaN()),
           &series);
  }
  return series;
}

Plot empty_plot(const Curve& curve, const std::vector<double>& marks) {
  Plot plot;
  plot.title = curve.title;
  plot.x_label = "step";
  plot.y_label = curve.y_label;
  plot.width = 460;  // near a phone's width, so that the letters keep their size
  plot.height = 290;
  plot.focus = curve.focus;
  plot.marks = marks;
  return plot;
}

Plot make_plot(const Curve& curve,
               const std::vector<Json>& records,
               const std::vector<double>& marks) {
  Plot plot = empty_plot(curve, marks);
  for (const char* split : {"train", "valid"}) {
    Series series = series_of(records, split, curve.key, split);
    if (!series.points.empty()) plot.series.push_back(std::move(series));
  }
  return plot;
}

/// A learning rate or a temperature that never changed needs no curve.
bool is_constant(const Plot& plot) {
  for (const Series& series : plot.series)
    for (const auto& point : series.points)
      if (point.second != plot.series.front().points.front().second) return false;
  return true;
}

/// The parts that the bound of a conjugate model is the sum of; no series for another model.
Plot terms_plot(const std::vector<Json>& records, const std::vector<double>& marks) {
  constexpr std::size_t kMaxTerms = 6;  // as many as there are colours
  Plot plot = empty_plot({"", "Terms of the ELBO", "nats per example, in training", true}, marks);
  std::vector<std::string> keys;
  for (const Json& record : records) {
    if (!record.is_object() || !record.contains("expected_log_joint")) continue;
    keys = {"expected_log_joint", "entropy"};
    for (const auto& [key, value] : record.items())
      if (is_global_term(key) && keys.size() < kMaxTerms) keys.push_back(key);
    break;
  }
  for (const std::string& key : keys) {
    Series series = series_of(records, "train", key, term_label(key));
    if (!series.points.empty()) plot.series.push_back(std::move(series));
  }
  return plot;
}

/// @param is_of_target whose evaluations have no examples
std::string unit_of(const std::string& key, bool is_of_target) {
  static const std::map<std::string, std::string> kUnits{{"elbo", "nats per example"},
                                                         {"relaxed_elbo", "nats per example"},
                                                         {"reconstruction", "nats per example"},
                                                         {"kl", "nats per example"},
                                                         {"nll", "nats per example"},
                                                         {"nll_bias", "nats per example"},
                                                         {"objective", "nats per example"},
                                                         {"log_evidence", "nats per example"},
                                                         {"bits_per_dim", "bits per dimension"},
                                                         {"active_units", "units"},
                                                         {"entropy", "nats per example"},
                                                         {"perplexity", "per token"},
                                                         {"seconds", "s"}};
  const auto found = kUnits.find(key);
  const std::string unit = is_global_term(key)     ? "nats per example"
                           : found == kUnits.end() ? ""
                                                   : found->second;
  return is_of_target && unit == "nats per example" ? "nats" : unit;
}

/// A number with as many decimals as leave two digits of its error; with six digits when the error
/// is not known.
std::string rounded(double value, double error) {
  if (!std::isfinite(error) || error <= 0) return text::significant(value, 6);
  return text::fixed(value, std::clamp(1 - static_cast<int>(std::floor(std::log10(error))), 0, 8));
}

std::vector<std::string> quantity_row(const std::string& key,
                                      const Json& entry,
                                      bool is_of_target) {
  const auto value = number(entry, "value");
  const auto error = number(entry, "standard_error"), draws = number(entry, "monte_carlo_error");
  const double scale = error.value_or(draws.value_or(0));
  // A number that is there and null is not defined; one that does not apply is absent.
  const auto shown = [&entry](const char* name, const std::optional<double>& x, double unit) {
    if (x) return rounded(*x, unit);
    return std::string(entry.contains(name) ? "undefined" : "\u2013");
  };
  std::string details;
  for (const auto& [name, detail] : entry.items()) {
    if (name == "value" || name == "standard_error" || name == "monte_carlo_error" ||
        name == "unit")
      continue;
    if (detail.is_structured()) continue;
    const std::string shown_detail = detail.is_number_integer()
                                         ? text::thousands(detail.get<std::int64_t>())
                                         : value_text(detail);
    details += (details.empty() ? "" : ", ") + name + " " + shown_detail;
  }
  return {key,
          shown("value", value, scale),
          shown("standard_error", error, scale),
          draws == 0.0 ? "\u2013" : shown("monte_carlo_error", draws, draws.value_or(0)),
          words(entry, "unit").empty() ? unit_of(key, is_of_target) : words(entry, "unit"),
          details};
}

std::string evaluation(const std::string& split, const Json& result) {
  std::vector<std::vector<std::string>> rows;
  std::string caption = split;
  for (const char* key : {"checkpoint", "examples", "seed"}) {
    const std::string value = words(result, key);
    if (!value.empty()) caption += std::string(", ") + key + " " + value;
  }
  if (!result.is_object()) return "";
  const bool is_of_target = words(result, "unit") == "nats";
  for (const auto& [key, entry] : result.items()) {
    if (rows.size() == kMaxQuantities) break;
    if (entry.is_object() && entry.contains("value"))
      rows.push_back(quantity_row(key, entry, is_of_target));
    else if (key == "cluster_accuracy" && entry.is_object())
      for (const auto& [latent, of_latent] : entry.items())
        rows.push_back(quantity_row(key + " of " + latent, of_latent, is_of_target));
    else if (entry.is_null())
      rows.push_back({key, "undefined", "\u2013", "\u2013", unit_of(key, is_of_target), ""});
    else if (entry.is_number() && key != "examples" && key != "seed" &&
             key != "training_failed_at_step")
      rows.push_back({key, value_text(entry), "\u2013", "\u2013", unit_of(key, is_of_target), ""});
  }
  const std::string failed = words(result, "training_failed_at_step");
  if (!failed.empty()) caption += "; the training failed at step " + failed;
  const std::string why = words(result.value("undefined", Json()), "reason");
  return table({"quantity", "value", "standard error", "Monte-Carlo error", "unit", "details"},
               rows,
               caption) +
         (why.empty() ? "" : "<p>Undefined: " + cut(why, 1000) + ".</p>\n");
}

}  // namespace

std::string evaluations(const std::string& directory) {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored))
    if (entry.path().extension() == ".json" && fs::is_regular_file(entry.symlink_status(ignored)))
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::string out, last_model;
  for (std::size_t i = 0; i < std::min(files.size(), kMaxEvaluations); ++i) {
    const std::string split = files[i].stem();
    try {
      const Json result = io::read_json(files[i]);
      out += evaluation(split, result);
      // The splits of one checkpoint say the same of the model.
      const std::string learned = learned_model(result);
      if (learned != last_model) out += learned;
      last_model = learned;
    } catch (const Error&) {
      out += "<p>eval/" + cut(split, 200) + ".json cannot be read.</p>\n";
    }
  }
  if (files.size() > kMaxEvaluations)
    out += "<p>" + std::to_string(files.size() - kMaxEvaluations) + " more lie in eval/.</p>\n";
  if (!out.empty())
    out +=
        "<p class=\"muted\">The standard error is over examples, the Monte-Carlo error over the "
        "draws.</p>\n";
  return out;
}

static std::vector<double> resume_marks(const Json& run) {
  std::vector<double> marks;
  if (run.is_object() && run.contains("resumes") && run["resumes"].is_array())
    for (const Json& resume : run["resumes"])
      if (const auto step = number(resume, "step")) marks.push_back(*step);
  return marks;
}

std::string metric_curve(const std::string& metrics_path, const Json& run) {
  Plot plot = make_plot(first_curve(run), read_metrics(metrics_path), resume_marks(run));
  plot.width = 720;
  plot.height = 360;
  return render_svg_file(plot);
}

std::string curves(const std::string& metrics_path, const Json& run) {
  const std::vector<Json> records = read_metrics(metrics_path);
  const std::vector<double> marks = resume_marks(run);
  const Curve first = first_curve(run);
  std::vector<Plot> plots{make_plot(first, records, marks)};
  for (const Curve& curve : kCurves)
    if (curve.key != first.key) {
      Plot plot = make_plot(curve, records, marks);
      if (!is_constant(plot)) plots.push_back(std::move(plot));
    }
  plots.insert(plots.begin() + 1, terms_plot(records, marks));  // beside the bound
  std::string out;
  for (const Plot& plot : plots)
    if (!plot.series.empty()) out += render_svg(plot);
  return out.empty() ? "" : "<div class=\"plots\">\n" + out + "</div>\n";
}

}  // namespace elbow::report
