// Rules about single values that a range or a list of words cannot say.
#include <cctype>

#include "all_rules.h"

namespace elbow {

void device_is_known(const ConfigView& view, Violations& out) {
  const std::string device = view.text("device"), cuda = "cuda:";
  const bool is_word = device == "auto" || device == "cpu" || device == "cuda" || device.empty();
  const bool is_numbered = device.size() > cuda.size() &&
                           device.compare(0, cuda.size(), cuda) == 0 &&
                           std::all_of(device.begin() + static_cast<std::ptrdiff_t>(cuda.size()),
                                       device.end(),
                                       [](unsigned char c) { return std::isdigit(c) != 0; });
  if (is_word || is_numbered) return;
  out.push_back({"device",
                 "expected auto, cpu, cuda or cuda:N, got '" + device + "'",
                 "elbow doctor names the devices of this machine"});
}

void name_is_a_folder_name(const ConfigView& view, Violations& out) {
  const Json* value = view.value("name");
  if (value == nullptr || !value->is_string()) return;
  const std::string name = value->get<std::string>();
  constexpr std::size_t kMaxName = 200;  // "-<n>" must fit behind it
  const bool has_control =
      std::any_of(name.begin(), name.end(), [](unsigned char c) { return std::iscntrl(c) != 0; });
  if (!name.empty() && name.size() <= kMaxName && !has_control && name[0] != '.' &&
      name.find_first_of("/\\") == std::string::npos && name.find("..") == std::string::npos)
    return;
  out.push_back({"name",
                 "expected a plain folder name of 1 to " + std::to_string(kMaxName) +
                     " characters without '/', '\\', '..' or a leading '.'",
                 "it begins the name of the run directory; -o DIR chooses another place"});
}

void log_scales_are_ordered(const ConfigView& view, Violations& out) {
  const std::string low = "guide.posterior.min_log_scale", high = "guide.posterior.max_log_scale";
  if (view.value(low) == nullptr || view.value(high) == nullptr) return;
  if (view.number(low, 0) < view.number(high, 0)) return;
  out.push_back({low,
                 "must be below max_log_scale (" + view.value(high)->dump() + "), got " +
                     view.value(low)->dump(),
                 ""});
}

void limits_are_of_learned_scales(const ConfigView& view, Violations& out) {
  const ComponentInfo* likelihood = view.info("model.likelihood");
  if (likelihood == nullptr) return;
  const std::string prefix = "min_log_";
  for (const Parameter& limit : likelihood->parameters) {
    if (limit.name.rfind(prefix, 0) != 0) continue;
    const std::string key = limit.name.substr(prefix.size()),
                      path = "model.likelihood." + limit.name;
    if (view.value(path) == nullptr || view.text("model.likelihood." + key) != "fixed") continue;
    if (first_change(view.schema(), limit, *view.value(path), path).empty()) continue;
    out.push_back(
        {path,
         "is the limit of a learned " + key + ", but model.likelihood." + key + " is 'fixed'",
         "remove it, or set model.likelihood." + key + "=shared"});
  }
}

}  // namespace elbow
