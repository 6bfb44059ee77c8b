#include "cli/common/component_text.h"

#include <sstream>
#include <vector>

#include "cli/common/output.h"
#include "elbow/foundations/config/compatibility.h"

namespace elbow::cli {
namespace {

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : between) + word;
  return out;
}

std::string range_number(double value) {
  return Json(value == static_cast<double>(static_cast<long long>(value))
                  ? Json(static_cast<long long>(value))
                  : Json(value))
      .dump();
}

std::string plain_type(const Parameter& parameter) {
  switch (parameter.type) {
    case ParameterType::boolean:
      return "true|false";
    case ParameterType::integer:
      return "integer";
    case ParameterType::number:
      return "number";
    case ParameterType::text:
      return "text";
    case ParameterType::path:
      return "path";
    case ParameterType::choice:
      return joined(parameter.choices, "|");
    case ParameterType::integers:
      return "list of integers";
    case ParameterType::numbers:
      return "list of numbers";
    case ParameterType::texts:
      return "list of texts";
    case ParameterType::duration:
      return "time (90s, 15m, 3h50m)";
    case ParameterType::schedule:
      return "number or schedule";
    case ParameterType::component:
      return parameter.kind + " (elbow list " + parameter.kind +
             (parameter.default_type.empty() ? ""
                                             : "; " + parameter.default_type + " without type") +
             ")";
    case ParameterType::components:
      return "list of " + parameter.kind + " (elbow list " + parameter.kind + ")";
    case ParameterType::named_components:
      return "map from names to " + parameter.kind + " (elbow list " + parameter.kind + ")";
    case ParameterType::section:
      return "section (elbow describe " + parameter.kind + ")";
  }
  return "";
}

/// One value as it would stand in a YAML line.
std::string yaml_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>().empty() ? "''" : value.get<std::string>();
  return value.dump();
}

}  // namespace

std::string type_text(const Parameter& parameter) {
  std::string out = plain_type(parameter);
  if (!parameter.word.empty()) out += " or '" + parameter.word + "'";
  return out;
}

std::string default_text(const Parameter& parameter) {
  if (!parameter.default_value.has_value()) return "required";
  if (parameter.default_value->is_null()) return "none";
  return yaml_text(*parameter.default_value);
}

std::string range_text(const Parameter& parameter) {
  std::vector<std::string> parts;
  if (parameter.minimum)
    parts.push_back((parameter.exclusive_minimum ? "> " : ">= ") +
                    range_number(*parameter.minimum));
  if (parameter.maximum)
    parts.push_back((parameter.exclusive_maximum ? "< " : "<= ") +
                    range_number(*parameter.maximum));
  return joined(parts, ", ");
}

std::string describe_text(const ComponentInfo& info, const Schema& schema) {
  std::string out = info.kind + " " + info.name + "\n";
  if (!info.summary.empty()) out += "  " + info.summary + "\n";
  if (!info.paper.empty()) out += "  source: " + info.paper + "\n";
  for (const auto& [label, words] : compatibility(info, schema))
    out += "  " + label + ": " + words + "\n";
  if (info.parameters.empty()) return out + "  no parameters\n";
  std::vector<std::vector<std::string>> rows{
      {"  parameter", "type", "default", "range", "meaning"}};
  for (const auto& parameter : info.parameters) {
    const std::string unit = parameter.unit.empty() ? "" : " [" + parameter.unit + "]";
    rows.push_back({"  " + parameter.name,
                    type_text(parameter),
                    default_text(parameter),
                    range_text(parameter),
                    parameter.help + unit});
  }
  return out + "\n" + text_table(rows);
}

}  // namespace elbow::cli
