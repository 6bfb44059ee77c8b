#include <cctype>

#include "elbow/foundations/config/compatibility.h"
#include "elbow/foundations/config/scalar.h"
#include "elbow/foundations/config/schema.h"
#include "elbow/foundations/config/yaml_tree.h"

namespace elbow {
namespace {

std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string anchor(const ComponentInfo& info) { return info.kind + "-" + info.name; }

std::string link_to_kind(const std::string& kind) { return "[" + kind + "](#kind-" + kind + ")"; }

std::string type_text(const Parameter& parameter) {
  std::string out;
  switch (parameter.type) {
    case ParameterType::boolean:
      out = "true or false";
      break;
    case ParameterType::integer:
      out = "integer";
      break;
    case ParameterType::number:
      out = "number";
      break;
    case ParameterType::text:
      out = "text";
      break;
    case ParameterType::path:
      out = "file name";
      break;
    case ParameterType::choice:
      out = "one of `" + comma_list(parameter.choices) + "`";
      break;
    case ParameterType::integers:
      out = "list of integers";
      break;
    case ParameterType::numbers:
      out = "list of numbers";
      break;
    case ParameterType::texts:
      out = "list of texts";
      break;
    case ParameterType::duration:
      out = "duration";
      break;
    case ParameterType::schedule:
      out = "number or " + link_to_kind(parameter.kind);
      break;
    case ParameterType::component:
      out = link_to_kind(parameter.kind);
      if (!parameter.default_type.empty())
        out += ", `" + parameter.default_type + "` without `type`";
      break;
    case ParameterType::components:
      out = "list of " + link_to_kind(parameter.kind);
      break;
    case ParameterType::named_components:
      out = "map from names to " + link_to_kind(parameter.kind);
      if (!parameter.default_type.empty())
        out += ", `" + parameter.default_type + "` without `type`";
      break;
    case ParameterType::section:
      out = "section [" + parameter.kind + "](#section-" + parameter.kind + ")";
      break;
  }
  if (!parameter.word.empty()) out += " or `" + parameter.word + "`";
  return out;
}

std::string default_text(const Parameter& parameter) {
  if (!parameter.default_value) return parameter.type == ParameterType::section ? "" : "*required*";
  const Json& value = *parameter.default_value;
  if (value.is_null()) return "not set";
  if (value.is_string())
    return "`" + (value.get<std::string>().empty() ? "''" : value.get<std::string>()) + "`";
  if (value.is_number_float()) return "`" + number_text(value.get<double>()) + "`";
  return "`" + value.dump() + "`";
}

std::string table(const ComponentInfo& info) {
  if (info.parameters.empty()) return "No keys.\n";
  std::string out = "| key | type | default | range | meaning |\n|---|---|---|---|---|\n";
  for (const auto& parameter : info.parameters) {
    const std::string unit = parameter.unit.empty() ? "" : " (" + parameter.unit + ")";
    out += "| `" + parameter.name + "` | " + cell(type_text(parameter)) + " | " +
           cell(default_text(parameter)) + " | " + cell(range_text(parameter)) + " | " +
           cell(parameter.help + unit) + " |\n";
  }
  return out;
}

std::string entry(const ComponentInfo& info, const std::string& title, const Schema& schema) {
  std::string out =
      "\n<a id=\"" + anchor(info) + "\"></a>\n### " + title + "\n\n" + info.summary + ".\n\n";
  if (!info.paper.empty()) out += "Source: " + info.paper + ".\n\n";
  std::string pairs;
  for (const auto& [label, words] : compatibility(info, schema)) {
    std::string first = label;
    first[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(first[0])));
    pairs += (pairs.empty() ? "" : " ") + first + ": " + words + ".";
  }
  if (!pairs.empty()) out += pairs + "\n\n";
  return out + table(info);
}

}  // namespace

std::string Schema::markdown_reference() const {
  std::string out =
      "# Configuration reference\n\n"
      "Generated from the factories; each key is declared once, beside the code that reads it. A "
      "key without a default is\n"
      "required. A schedule can be a plain number, and a duration is a number of seconds or a text "
      "like `90s`, `15m`, `3h50m`.\n"
      "\n## Sections\n";
  for (const auto& info : components_)
    if (info.kind == "section")
      out +=
          entry(info, info.name == "experiment" ? "experiment (the top level)" : info.name, *this);
  for (const auto& kind : kinds()) {
    out += "\n<a id=\"kind-" + kind + "\"></a>\n## " + kind + "\n\nChosen by the key `type`.\n";
    for (const auto& info : components_)
      if (info.kind == kind) out += entry(info, info.name, *this);
  }
  return out;
}

}  // namespace elbow
