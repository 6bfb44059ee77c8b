#include "elbow/foundations/config/loader.h"
#include "elbow/foundations/config/scalar.h"
#include "elbow/foundations/config/schema.h"
#include "elbow/foundations/core/error.h"

namespace elbow {
namespace {

constexpr char kDraft[] = "https://json-schema.org/draft/2020-12/schema";
constexpr char kDurationPattern[] =
    "^([0-9]+(\\.[0-9]+)?d)?([0-9]+(\\.[0-9]+)?h)?([0-9]+(\\.[0-9]+)?m)?([0-9]+(\\.[0-9]+)?s)?$";

Json reference(const std::string& kind) { return {{"$ref", "#/$defs/" + kind}}; }

Json with_range(Json out, const Parameter& parameter) {
  if (parameter.minimum)
    out[parameter.exclusive_minimum ? "exclusiveMinimum" : "minimum"] = *parameter.minimum;
  if (parameter.maximum)
    out[parameter.exclusive_maximum ? "exclusiveMaximum" : "maximum"] = *parameter.maximum;
  return out;
}

Json of_type(const std::string& type) {
  Json out = Json::object();
  out["type"] = type;
  return out;
}

Json list_of(Json item) {
  Json out = of_type("array");
  out["items"] = std::move(item);
  return out;
}

Json any_of(Json first, Json second) {
  Json out = Json::object();
  out["anyOf"] = Json::array();
  out["anyOf"].push_back(std::move(first));
  out["anyOf"].push_back(std::move(second));
  return out;
}

Json value_schema(const Parameter& parameter) {
  switch (parameter.type) {
    case ParameterType::boolean:
      return of_type("boolean");
    case ParameterType::integer:
      return with_range(of_type("integer"), parameter);
    case ParameterType::number:
      return with_range(of_type("number"), parameter);
    case ParameterType::text:
    case ParameterType::path:
      return of_type("string");
    case ParameterType::choice: {
      Json out = Json::object();
      out["enum"] = parameter.choices;
      return out;
    }
    case ParameterType::integers:
      return list_of(with_range(of_type("integer"), parameter));
    case ParameterType::numbers:
      return list_of(with_range(of_type("number"), parameter));
    case ParameterType::texts:
      return list_of(of_type("string"));
    case ParameterType::duration: {
      Json text = of_type("string");
      text["pattern"] = kDurationPattern;
      return any_of(with_range(of_type("number"), parameter), std::move(text));
    }
    case ParameterType::schedule:
      return any_of(with_range(of_type("number"), parameter), reference(parameter.kind));
    case ParameterType::component:
      return reference(parameter.kind);
    case ParameterType::components:
      return list_of(reference(parameter.kind));
    case ParameterType::named_components: {
      Json out = of_type("object");
      out["additionalProperties"] = reference(parameter.kind);
      return out;
    }
    case ParameterType::section:
      return reference("section." + parameter.kind);
  }
  return Json::object();
}

Json parameter_schema(const Parameter& parameter) {
  Json value = value_schema(parameter);
  if (!parameter.word.empty()) {
    Json word = Json::object();
    word["const"] = parameter.word;
    value = any_of(std::move(value), std::move(word));
  }
  if (parameter.default_value && parameter.default_value->is_null())
    value = any_of(std::move(value), of_type("null"));
  Json out = Json::object();
  out["description"] =
      parameter.unit.empty() ? parameter.help : parameter.help + " (" + parameter.unit + ")";
  out.update(value);
  if (parameter.default_value && !parameter.default_value->is_null())
    out["default"] = *parameter.default_value;
  return out;
}

bool has_defaults(const Schema& schema, const Parameter& parameter) {
  if (parameter.default_value) return true;
  const ComponentInfo* below =
      parameter.type == ParameterType::section ? schema.section(parameter.kind) : nullptr;
  if (below == nullptr) return false;
  for (const auto& key : below->parameters)
    if (!has_defaults(schema, key)) return false;
  return true;
}

/// Whether a map that names no type can be this component.
bool is_default_type(const Schema& schema, const ComponentInfo& info) {
  if (!info.mark.empty()) return true;
  for (const auto& holder : schema.components())
    for (const auto& key : holder.parameters)
      if (key.kind == info.kind && key.default_type == info.name) return true;
  return false;
}

Json object_schema(const Schema& schema, const ComponentInfo& info) {
  Json out = Json::object();
  out["title"] = info.name;
  out["description"] = info.paper.empty() ? info.summary : info.summary + ". " + info.paper;
  out["type"] = "object";
  out["properties"] = Json::object();
  out["required"] = Json::array();
  if (info.kind != "section") {
    out["properties"]["type"]["const"] = info.name;
    if (!is_default_type(schema, info)) out["required"].push_back("type");
  }
  for (const auto& parameter : info.parameters) {
    out["properties"][parameter.name] = parameter_schema(parameter);
    if (!has_defaults(schema, parameter)) out["required"].push_back(parameter.name);
  }
  out["additionalProperties"] = false;
  return out;
}

Json definitions(const Schema& schema) {
  Json out = Json::object();
  for (const auto& info : schema.components()) {
    if (info.kind == "section")
      out["section." + info.name] = object_schema(schema, info);
    else
      out[info.kind]["oneOf"].push_back(object_schema(schema, info));
  }
  return out;
}

[[noreturn]] void refuse_section(const Schema& schema, const std::string& section) {
  std::vector<std::string> known = schema.names("section");
  for (const auto& kind : schema.kinds()) known.push_back(kind);
  const std::string nearest = nearest_word(section, known);
  const std::string help =
      nearest.empty() ? "one of " + comma_list(known) : "did you mean '" + nearest + "'?";
  throw UsageError("no section or kind of component is called '" + section + "'", help);
}

}  // namespace

Json Schema::json_schema(const std::string& section_name) const {
  const std::string name = section_name.empty() ? "experiment" : section_name;
  Json defs = definitions(*this);
  const std::string key = defs.contains("section." + name) ? "section." + name : name;
  if (!defs.contains(key)) refuse_section(*this, name);
  Json out = Json::object();
  out["$schema"] = kDraft;
  out.update(defs.at(key));
  out["$defs"] = std::move(defs);
  return out;
}

}  // namespace elbow
