#include "elbow/foundations/observe/profile_files.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

namespace elbow {
namespace {

constexpr std::int64_t kFirstSteps = 3, kFewSteps = 10;

using Nanoseconds = std::vector<std::int64_t>;

double milliseconds(double nanoseconds) { return nanoseconds / 1e6; }

double mean_of(const Nanoseconds& values) {
  double sum = 0;
  for (const std::int64_t value : values) sum += static_cast<double>(value);
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

Json statistics(const std::string& name, Nanoseconds values, double mean_of_step) {
  const double mean = mean_of(values);
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  const double median =
      n == 0 ? 0
             : (static_cast<double>(values[(n - 1) / 2]) + static_cast<double>(values[n / 2])) / 2;
  return {{"name", name},
          {"mean_ms", milliseconds(mean)},
          {"median_ms", milliseconds(median)},
          {"min_ms", milliseconds(n == 0 ? 0 : static_cast<double>(values.front()))},
          {"max_ms", milliseconds(n == 0 ? 0 : static_cast<double>(values.back()))},
          {"share", mean_of_step > 0 ? mean / mean_of_step : 0.0},
          {"parts", Json::array()}};
}

/// Forward, backward, update; what has no place in this order keeps its own, the rest comes last.
std::size_t rank(const std::string& name) {
  constexpr std::array<const char*, 6> kOrder{
      "data", "guide", "model", "objective", "backward", "optimizer"};
  const auto found = std::find(kOrder.begin(), kOrder.end(), name);
  return static_cast<std::size_t>(found - kOrder.begin()) + (name == "rest" ? 1 : 0);
}

std::vector<const ProfileNode*> in_order(const ProfileNode& node) {
  std::vector<const ProfileNode*> out;
  for (const auto& part : node.parts) out.push_back(part.get());
  std::stable_sort(out.begin(), out.end(), [](const auto* a, const auto* b) {
    return rank(a->name) < rank(b->name);
  });
  return out;
}

Nanoseconds counted(const Profiler& profiler, const ProfileNode& node, std::int64_t left_out) {
  Nanoseconds values = profiler.latest(node);
  values.erase(values.begin(), values.begin() + left_out);
  return values;
}

Json json_of(const Profiler& profiler,
             const ProfileNode& node,
             std::int64_t left_out,
             double mean_of_step) {
  const Nanoseconds whole = counted(profiler, node, left_out);
  Json out = statistics(node.name, whole, mean_of_step);
  Nanoseconds other = whole;
  for (const ProfileNode* part : in_order(node)) {
    const Nanoseconds of_part = counted(profiler, *part, left_out);
    for (std::size_t i = 0; i < other.size(); ++i) other[i] -= of_part[i];
    out["parts"].push_back(json_of(profiler, *part, left_out, mean_of_step));
  }
  const bool has_other =
      std::any_of(other.begin(), other.end(), [](std::int64_t value) { return value != 0; });
  if (!node.parts.empty() && has_other)
    out["parts"].push_back(statistics("other", other, mean_of_step));
  return out;
}

/// What lies between two steps, and in a step: "12.345" for 12,345 ns.
std::string microseconds(std::int64_t nanoseconds) {
  char text[40];
  std::snprintf(text,
                sizeof text,
                "%lld.%03lld",
                static_cast<long long>(nanoseconds / 1000),
                static_cast<long long>(nanoseconds % 1000));
  return text;
}

std::string category_of(const ProfileNode& node) {
  const ProfileNode* at = &node;
  while (at->around != nullptr && at->around->around != nullptr) at = at->around;
  return at->name;
}

/// Counted from 0; -1 where nothing was taken before an interlude, which belongs to the step
/// before.
std::int64_t step_of(const Profiler& profiler, const ProfileEvent& event) {
  const ProfileNode* root = event.node;
  while (root->around != nullptr) root = root->around;
  return root == &profiler.step() ? event.step : event.step - 1;
}

}  // namespace

Json profile_json(const Profiler& profiler, double seconds) {
  const auto kept = static_cast<std::int64_t>(profiler.latest(profiler.step()).size());
  const bool has_first = kept == profiler.num_steps();
  const std::int64_t left_out = has_first && kept > kFewSteps ? kFirstSteps : 0;
  const double mean_of_step = mean_of(counted(profiler, profiler.step(), left_out));
  Json training = Json::array();
  double accounted = static_cast<double>(profiler.total()) / 1e9;
  training.push_back({{"name", "steps"}, {"count", profiler.num_steps()}, {"seconds", accounted}});
  for (const auto& interlude : profiler.interludes()) {
    const double here = static_cast<double>(interlude.total) / 1e9;
    training.push_back({{"name", interlude.name}, {"count", interlude.count}, {"seconds", here}});
    accounted += here;
  }
  training.push_back({{"name", "other"}, {"seconds", std::max(0.0, seconds - accounted)}});
  return {{"steps_taken", profiler.num_steps()},
          {"left_out", left_out},
          {"steps", kept - left_out},
          {"step", json_of(profiler, profiler.step(), left_out, mean_of_step)},
          {"training", training},
          {"seconds", seconds}};
}

std::string chrome_trace(const Profiler& profiler, std::int64_t first_step, const Json& facts) {
  std::string out = R"({"displayTimeUnit": "ms", "otherData": )" + facts.dump() +
                    ",\n\"traceEvents\": [\n" +
                    R"({"name": "process_name", "ph": "M", "pid": 1, "tid": 1, )" +
                    R"("args": {"name": "elbow train"}})";
  for (const ProfileEvent& event : profiler.events())
    out += ",\n{\"name\": " + Json(event.node->name).dump() +
           ", \"cat\": " + Json(category_of(*event.node)).dump() + R"(, "ph": "X", "ts": )" +
           microseconds(event.begin) + ", \"dur\": " + microseconds(event.duration) +
           R"(, "pid": 1, "tid": 1, "args": {"step": )" +
           std::to_string(step_of(profiler, event) + first_step) + "}}";
  return out + "\n]}\n";
}

}  // namespace elbow
