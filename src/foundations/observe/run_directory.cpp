#include "elbow/foundations/observe/run_directory.h"

#include <fcntl.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <set>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/metric.h"
#include "elbow/foundations/io/hash.h"
#include "elbow/foundations/io/json_file.h"
#include "elbow/foundations/io/sys.h"

namespace elbow {
namespace {

namespace fs = std::filesystem;

constexpr char kRuns[] = "runs";
constexpr std::size_t kMaxName = 200;  // a file name holds 255 bytes; "-<n>" must fit behind it
constexpr std::size_t kMaxNearRuns = 5;

void check_name(const std::string& name) {
  const bool has_control = std::any_of(
      name.begin(), name.end(), [](char c) { return std::iscntrl(static_cast<unsigned char>(c)); });
  if (!name.empty() && name.size() <= kMaxName && !has_control && name[0] != '.' &&
      name.find_first_of("/\\") == std::string::npos && name.find("..") == std::string::npos)
    return;
  std::string shown = name.substr(0, 60);
  std::replace_if(
      shown.begin(),
      shown.end(),
      [](char c) { return std::iscntrl(static_cast<unsigned char>(c)); },
      '?');
  throw UsageError("name: expected a plain folder name of 1 to " + std::to_string(kMaxName) +
                       " characters without '/', '\\', '..' or a leading '.', got '" + shown + "'",
                   "set name: in the configuration, or -o DIR for another place");
}

/// mkdir says who came first: false when the directory was there already.
bool make_new_directory(const std::string& path) {
  if (io::sys().mkdir(path.c_str(), 0755) == 0) return true;
  if (errno != EEXIST) io::throw_io_error("cannot create the run directory", path, errno);
  return false;
}

std::string parent_of(const std::string& path) {
  const std::string parent = fs::path(path).parent_path();
  return parent.empty() ? "." : parent;
}

std::string without_trailing_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

bool is_run(const std::string& path) {
  const RunDirectory run(path);
  return io::is_file(run.config()) && io::is_file(run.run_json());
}

std::vector<std::string> entries(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored))
    if (entry.is_directory(ignored)) names.push_back(entry.path().filename());
  return names;
}

/// "vae-2" before "vae-10": runs of digits compare as numbers.
bool natural_less(const std::string& a, const std::string& b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto digits = [&](const std::string& s, std::size_t* at) {
    while (*at < s.size() && s[*at] == '0') ++*at;
    const std::size_t begin = *at;
    while (*at < s.size() && is_digit(s[*at])) ++*at;
    return s.substr(begin, *at - begin);
  };
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const std::string x = digits(a, &i), y = digits(b, &j);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
    } else {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i, ++j;
    }
  }
  if ((i < a.size()) != (j < b.size())) return j < b.size();
  return a < b;
}

/// Runs whose names begin like the one that was asked for, longest common beginning first.
std::string near_runs(const std::string& path) {
  const std::string wanted = fs::path(path).filename();
  std::vector<std::pair<std::size_t, std::string>> near;
  std::vector<std::string> places{parent_of(path)};
  if (places[0] != kRuns) places.push_back(kRuns);
  for (const std::string& place : places)
    for (const std::string& name : entries(place)) {
      const std::string candidate = place == "." ? name : place + "/" + name;
      if (!is_run(candidate)) continue;
      const auto end = std::mismatch(wanted.begin(), wanted.end(), name.begin(), name.end());
      near.emplace_back(static_cast<std::size_t>(end.first - wanted.begin()), candidate);
    }
  std::sort(near.begin(), near.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : natural_less(a.second, b.second);
  });
  std::string out;
  for (std::size_t i = 0; i < std::min(near.size(), kMaxNearRuns); ++i)
    out += (i == 0 ? "" : ", ") + near[i].second;
  return out;
}

RunSummary summarize(const std::string& path, const std::string& name) {
  RunSummary summary;
  summary.path = path;
  summary.name = name;
  const auto number = [](const Json& value, const char* section, const char* key, double* out) {
    const auto part = value.find(section);
    if (part == value.end() || !part->is_object() || !part->contains(key)) return false;
    const Json& found = (*part)[key];
    if (!found.is_number()) return false;
    *out = found.get<double>();
    return true;
  };
  try {
    const Json value = RunDirectory(path).read_run_json();
    if (value.contains("status") && value["status"].is_string()) summary.status = value["status"];
    const auto verdict = value.find("verdict");
    if (verdict != value.end() && verdict->is_object() && verdict->contains("kind") &&
        (*verdict)["kind"].is_string())
      summary.verdict = (*verdict)["kind"];
    if (value.contains("step") && value["step"].is_number_integer()) summary.step = value["step"];
    const Metric metric = metric_of(value);
    summary.metric = metric.title();
    summary.has_last = number(value, "last", metric.name.c_str(), &summary.last);
    summary.has_best = number(value, "best", "value", &summary.best);
    const std::string judge =
        value.contains("best") && value["best"].is_object() ? value["best"].value("label", "") : "";
    if (!judge.empty() && judge != metric.label) summary.best_metric = judge;
  } catch (const Error&) {
    summary.status = "unreadable";
  }
  if (summary.status.empty()) summary.status = "unreadable";
  return summary;
}

}  // namespace

bool RunDirectory::is_free(const std::string& given) {
  const std::string path = without_trailing_slash(given);
  std::error_code error;
  if (!fs::exists(fs::symlink_status(path, error))) return true;
  if (!fs::is_directory(path, error)) return false;
  const RunDirectory run(path);
  const std::set<std::string> first{run.config(), run.environment(), run.log(), path + "/run.lock"};
  for (const auto& entry : fs::directory_iterator(path, error))
    if (first.count(entry.path().string()) == 0) return false;
  return !error;
}

RunDirectory RunDirectory::create(const std::string& name, const std::string& output) {
  if (!output.empty()) {
    const std::string path = without_trailing_slash(output);
    if (path.find('\0') != std::string::npos)
      throw UsageError("--output: expected a path, got one with a NUL byte");
    io::make_directories(parent_of(path));
    if (!make_new_directory(path) && !is_free(path))
      throw UsageError("--output: '" + path + "' exists already",
                       "choose another folder, or go on with that run: elbow resume " + path);
    io::sync_directory(parent_of(path));
    return RunDirectory(path);
  }
  check_name(name);
  io::make_directories(kRuns);
  for (std::int64_t n = 1;; ++n) {
    const std::string path = std::string(kRuns) + "/" + name + "-" + std::to_string(n);
    if (!make_new_directory(path)) continue;
    io::sync_directory(kRuns);
    return RunDirectory(path);
  }
}

RunDirectory RunDirectory::open(const std::string& given) {
  const std::string path = without_trailing_slash(given);
  const bool has_nul = path.find('\0') != std::string::npos;
  if (!path.empty() && !has_nul && is_run(path)) return RunDirectory(path);
  std::error_code ignored;
  const bool is_there = !has_nul && fs::is_directory(path, ignored);
  const std::string near = has_nul ? "" : near_runs(path);
  throw UsageError("'" + std::string(path.c_str()) +
                       "': expected a run directory with config.yaml and run.json, " +
                       (is_there ? "found a folder without them" : "found none"),
                   near.empty() ? "elbow train CONFIG makes one" : "existing runs: " + near);
}

Json RunDirectory::write_copies(const std::map<std::string, std::string>& texts) const {
  Json out = Json::object();
  for (const auto& [name, text] : texts) {
    io::make_directories(program());
    io::write_file(program() + "/" + name, text);
    out[name] = io::sha256_hex(text);
  }
  return out;
}

void RunDirectory::check_copies() const {
  const Json state = read_run_json();
  if (!state.is_object() || !state.contains("program") || !state["program"].is_object()) return;
  for (const auto& [name, sha256] : state["program"].items()) {
    const std::string copy = program() + "/" + name;
    const std::string what = !io::is_file(copy)                      ? " is missing"
                             : Json(io::sha256_file(copy)) != sha256 ? " was changed"
                                                                     : "";
    if (!what.empty())
      throw DataError(
          copy + what + ": it is the copy of what this run was trained on",
          "put it back, or train a new run (sha256 in run.json: " + sha256.dump() + ")");
  }
}

Json RunDirectory::read_run_json() const {
  return io::is_file(run_json()) ? io::read_json(run_json()) : Json::object();
}

void RunDirectory::write_run_json(const Json& value) const { io::write_json(run_json(), value); }

std::vector<RunSummary> list_runs(const std::string& directory) {
  const std::string place = without_trailing_slash(directory);
  std::vector<std::string> names = entries(place);
  std::sort(names.begin(), names.end(), natural_less);
  std::vector<RunSummary> runs;
  for (const std::string& name : names)
    if (io::is_file(RunDirectory(place + "/" + name).run_json()))
      runs.push_back(summarize(place + "/" + name, name));
  return runs;
}

}  // namespace elbow
