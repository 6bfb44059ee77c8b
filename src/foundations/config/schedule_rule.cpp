#include "all_rules.h"
#include "elbow/foundations/config/scalar.h"

namespace elbow {
namespace {

bool is_time(const Parameter& parameter) {
  const auto ends = [&parameter](const std::string& ending) {
    const std::string& name = parameter.name;
    return name.size() > ending.size() &&
           name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
  };
  return ends("_epochs") || ends("_steps");
}

void check_schedule(const ComponentInfo& info,
                    const Json& value,
                    const std::string& path,
                    Violations& out) {
  std::vector<std::string> known, set;
  for (const auto& parameter : info.parameters) {
    if (!is_time(parameter)) continue;
    known.push_back(parameter.name);
    if (value.contains(parameter.name)) set.push_back(parameter.name);
  }
  const auto* traits = info.find_traits<ScheduleTraits>();
  const bool may_be_open = traits != nullptr && traits->may_span_the_run;
  const bool is_fine = known.empty() || set.size() == 1 || (set.empty() && may_be_open);
  if (is_fine) return;
  const std::string found = set.empty() ? "none" : comma_list(set);
  const std::string where = set.empty() ? path : path + "." + set.back();
  out.push_back({where,
                 "expected one of " + comma_list(known) + ", got " + found,
                 "elbow describe schedule"});
}

/// Walks all components; resolved values are at most as deep as a YAML file may be.
void check_schedules(const ConfigView& view,
                     const ComponentInfo& info,
                     const Json& value,
                     const std::string& path,
                     Violations& out) {
  if (info.kind == "schedule") check_schedule(info, value, path, out);
  for (const auto& parameter : info.parameters) {
    if (!value.contains(parameter.name)) continue;
    const Json& below = value.at(parameter.name);
    const std::string name = path.empty() ? parameter.name : path + "." + parameter.name;
    const auto descend = [&](const Json& item, const std::string& item_path) {
      if (!item.is_object()) return;
      const Json type = item.value("type", Json(""));
      const ComponentInfo* row =
          parameter.type == ParameterType::section
              ? view.schema().section(parameter.kind)
              : view.schema().find(parameter.kind, type.is_string() ? type.get<std::string>() : "");
      if (row != nullptr) check_schedules(view, *row, item, item_path, out);
    };
    if (below.is_array())
      for (std::size_t i = 0; i < below.size(); ++i)
        descend(below[i], name + "[" + std::to_string(i) + "]");
    else
      descend(below, name);
  }
}

}  // namespace

void schedules_name_one_time(const ConfigView& view, Violations& out) {
  const ComponentInfo* experiment = view.schema().section("experiment");
  if (experiment != nullptr && view.resolved().is_object())
    check_schedules(view, *experiment, view.resolved(), "", out);
}

}  // namespace elbow
