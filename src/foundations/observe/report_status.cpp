#include <algorithm>
#include <cmath>

#include "elbow/foundations/core/metric.h"
#include "elbow/foundations/io/json_file.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/svg_plot.h"
#include "report_parts.h"
#include "text_format.h"

namespace elbow::report {
namespace {

constexpr std::size_t kMaxEvents = 100, kMaxEnvironmentRows = 300, kMaxConfigBytes = 95'000;

struct Badge {
  const char *status, *tone, *words;
};
constexpr Badge kBadges[] = {
    {"completed", "good", "completed"},
    {"running", "wait", "running, or ended without a word"},
    {"preempted", "wait", "stopped after saving; elbow resume goes on"},
    {"failed", "bad", "failed"},
    {"numerical_failure", "bad", "numerical failure"},
};

std::string badge(const std::string& status) {
  for (const Badge& known : kBadges)
    if (status == known.status)
      return std::string("<p><span class=\"status ") + known.tone + "\">" + known.words +
             "</span></p>\n";
  return status.empty() ? "" : "<p><span class=\"status\">" + cut(status, 60) + "</span></p>\n";
}

std::string whole(double value) {
  return std::abs(value) < 9e15 ? text::thousands(static_cast<std::int64_t>(value))
                                : text::significant(value, 6);
}

const Json& part(const Json& object, const char* key) {
  static const Json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

/// What the end of the training says against the run, and what to try.
std::string findings(const Json& verdict) {
  const Json& list = part(verdict, "findings");
  if (!list.is_array()) return "";
  std::string out;
  for (const Json& found : list)
    out += "<p class=\"bad\">" + cut(words(found, "words"), 1000) +
           "</p>\n<p>Try: " + cut(words(found, "try"), 1000) + "</p>\n";
  return out;
}

std::string measured(const Json& where, const char* value_key) {
  const auto value = number(where, value_key);
  if (!value) return "";
  std::string out = text::fixed(*value, 2);
  if (const auto step = number(where, "step")) out += " at step " + whole(*step);
  return out;
}

void fact(const std::string& name, const std::string& value, std::string* out) {
  if (!value.empty())
    *out += "<div><dt>" + escape_html(name) + "</dt><dd>" + cut(value, 300) + "</dd></div>\n";
}

/// A table of the objects in a list: one column per key, in the order of the first object that has
/// it.
std::string event_table(const Json& list, const std::string& caption) {
  if (!list.is_array() || list.empty()) return "";
  std::vector<std::string> heads;
  for (const Json& event : list)
    if (event.is_object())
      for (const auto& [key, value] : event.items())
        if (heads.size() < 8 && std::find(heads.begin(), heads.end(), key) == heads.end())
          heads.push_back(key);
  std::vector<std::vector<std::string>> rows;
  for (const Json& event : list) {
    if (rows.size() == kMaxEvents) break;
    if (!event.is_object()) continue;
    rows.emplace_back();
    for (const auto& head : heads) rows.back().push_back(words(event, head.c_str()));
  }
  std::string shown = caption + ": " + std::to_string(list.size());
  if (list.size() > kMaxEvents)
    shown += ", of which the first " + std::to_string(kMaxEvents) + " are listed";
  return table(heads, rows, shown);
}

/// Nested objects as dotted names; the walk keeps its own stack, since files decide the depth.
std::vector<std::vector<std::string>> flattened(const Json& root) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::pair<std::string, const Json*>> stack{{"", &root}};
  while (!stack.empty() && rows.size() < kMaxEnvironmentRows) {
    const auto [path, value] = stack.back();
    stack.pop_back();
    if (!value->is_object() || value->empty()) {
      rows.push_back({path, value_text(*value)});
      continue;
    }
    std::vector<std::pair<std::string, const Json*>> children;
    for (const auto& [key, child] : value->items())
      children.emplace_back(path.empty() ? key : path + "." + key, &child);
    stack.insert(stack.end(), children.rbegin(), children.rend());
  }
  return rows;
}

}  // namespace

namespace {

/// How good a guide of a target is: RUN/run.json's "guide_quality".
void add_guide_quality(const Json& quality, std::string* facts) {
  if (!quality.is_object()) return;
  const auto with_error = [](const Json& estimate) {
    const auto value = number(estimate, "value"), error = number(estimate, "error");
    if (!value || !error) return std::string();
    char text[80];
    std::snprintf(text, sizeof text, "%.4f \u00b1 %.4f nats", *value, *error);
    return std::string(text);
  };
  fact("ELBO of the guide", with_error(part(quality, "elbo")), facts);
  if (const auto k = number(quality, "pareto_k")) {
    const bool is_usable = *k < 0.7;
    fact("Pareto k",
         text::significant(*k, 2) + (is_usable ? ": the importance weights can be used"
                                               : ": the posterior has mass that the guide does not "
                                                 "reach; compare it with chains"),
         facts);
  }
  fact("log evidence by importance weights", with_error(part(quality, "log_evidence")), facts);
  const auto draws = number(quality, "draws"), size = number(quality, "effective_sample_size");
  if (draws && size)
    fact("effective sample size", whole(*size) + " of " + whole(*draws) + " draws", facts);
  if (const auto rejected = number(quality, "rejected"); rejected && *rejected > 0)
    fact("draws without a density", whole(*rejected), facts);
}

}  // namespace

std::string status(const Json& run) {
  std::string facts;
  if (const auto step = number(run, "step")) fact("step", whole(*step), &facts);
  if (const auto epoch = number(run, "epoch")) fact("epoch", whole(*epoch), &facts);
  fact("verdict", words(part(run, "verdict"), "kind"), &facts);
  const std::string metric = words(part(run, "best"), "metric");
  fact("best " + (metric.empty() ? "value" : metric), measured(part(run, "best"), "value"), &facts);
  const std::string split = words(part(run, "last"), "split");
  const Metric primary = metric_of(run);
  fact("last " + primary.label + (split.empty() ? "" : ", " + split) +
           (primary.unit.empty() ? "" : " (" + primary.unit + ")"),
       measured(part(run, "last"), primary.name.c_str()),
       &facts);
  add_guide_quality(part(run, "guide_quality"), &facts);
  fact("ended", words(run, "ending"), &facts);
  if (const auto seconds = number(run, "seconds"))
    fact("training time", text::duration(*seconds), &facts);
  fact("threads", words(run, "threads"), &facts);
  const std::string why = words(part(run, "engine"), "why");
  fact(
      "engine", words(part(run, "engine"), "name") + (why.empty() ? "" : " (" + why + ")"), &facts);
  return badge(words(run, "status")) + findings(part(run, "verdict")) +
         (facts.empty() ? "" : "<dl class=\"facts\">\n" + facts + "</dl>\n");
}

std::string events(const Json& run) {
  if (!run.is_object() || run.empty()) return "";
  const std::string tables = event_table(part(run, "nan_events"), "Non-finite values") +
                             event_table(part(run, "oom_events"), "Out of memory") +
                             event_table(part(run, "resumes"), "Resumes");
  const double warnings = number(run, "warnings").value_or(0);
  std::string counted = warnings == 1 ? "1 warning" : whole(warnings) + " warnings";
  if (warnings > 0) counted += " (train.log has them)";
  return "<p>" + counted + (tables.empty() ? "; no resume, no non-finite value." : ".") + "</p>\n" +
         tables;
}

std::string configuration(const std::string& path) {
  const std::string content = io::read_file(path);
  return "<p class=\"muted\">config.yaml, every default written out.</p>\n<pre>" +
         cut(content, kMaxConfigBytes) + "</pre>\n";
}

std::string environment(const std::string& path) {
  const Json value = io::read_json(path);
  return table({}, flattened(value));
}

std::string reproduction(const Json& run, const Json& environment, const std::string& config_path) {
  std::string command = words(run, "command");
  if (command.empty()) command = words(environment, "command_line");
  std::string out;
  if (!command.empty())
    out += "<p>This run was started by</p>\n<pre>" + cut(command, 4000) + "</pre>\n";
  if (!config_path.empty())
    out +=
        "<p>The same binary, device model and thread count give the same bits from the resolved "
        "configuration. RUN is the folder of this report; relative paths of data are seen from the "
        "folder in which the run was started:</p>\n<pre>elbow train RUN/config.yaml</pre>\n";
  return out;
}

}  // namespace elbow::report
