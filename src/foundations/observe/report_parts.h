#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/core/config_node.h"
#include "elbow/foundations/observe/svg_plot.h"

/// The sections of report.html, each as HTML; "" when there is nothing to show.
namespace elbow::report {

// What a run's files say is untrusted: types are checked, texts are escaped and cut.
std::optional<double> number(const Json& object, const char* key);
/// NaN for what is no number: a gap in a plot.
double number_or_nan(const Json& value);
/// An array below `key`; an empty one where there is none.
const Json& list_of(const Json& object, const char* key);
/// A string as it is, anything else as JSON; "" when the key is absent.
std::string words(const Json& object, const char* key);
std::string value_text(const Json& value);
/// Escaped; behind `most` bytes it is cut, and says so.
std::string cut(const std::string& text, std::size_t most);
/// "" for an empty body; a note in place of one above `most` bytes.
std::string section(const std::string& title, const std::string& body, std::size_t most = 600'000);
/// A table of escaped cells; an empty heading list leaves the head out.
std::string table(const std::vector<std::string>& heads,
                  const std::vector<std::vector<std::string>>& rows,
                  const std::string& caption = "");

/// A plot of half the page's width, without series.
Plot small_plot(const std::string& title,
                const std::string& x_label,
                const std::string& y_label,
                int height);
/// Bars as the line around them: numbers that hold over intervals of equal width.
Series steps_of(const std::string& label, const Json& heights, double first, double width);

std::string style();
std::string status(const Json& run);
std::string events(const Json& run);
/// One table per eval/<split>.json.
std::string evaluations(const std::string& directory);
/// Tables of what a conjugate model has learned, `model` of an evaluation; "" when there is
/// nothing.
std::string learned_model(const Json& evaluation);
/// Curves of metrics.jsonl over the steps, with the resumes marked.
std::string curves(const std::string& metrics_path, const Json& run);
/// What a run's posterior.json says of latents that all examples share: a table of quantities,
/// traces and ranks of chains, histograms; "" when there is nothing.
std::string posterior(const Json& found);
/// Scatter plots of its pairs; "" when there are none.
std::string pairs(const Json& found);
/// Replications of the data beside the data; "" when there are none.
std::string predictive(const Json& found);
/// What `elbow diagnose` found: advice, tables and plots; "" when there is nothing.
std::string diagnosis(const Json& found);
/// The ELBO alone, as a file of its own.
std::string metric_curve(const std::string& metrics_path, const Json& run);
/// The latest picture of each kind in `directory`, scaled down where they do not fit into `budget`
/// bytes of HTML.
std::string pictures(const std::string& directory, std::size_t budget);
std::string configuration(const std::string& path);
std::string environment(const std::string& path);
std::string reproduction(const Json& run, const Json& environment, const std::string& config_path);

}  // namespace elbow::report
