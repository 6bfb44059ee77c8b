#include "elbow/foundations/core/component.h"

#include <array>
#include <stdexcept>
#include <utility>

namespace elbow {
namespace {

constexpr std::array<std::pair<ParameterType, const char*>, 15> kTypeNames{{
    {ParameterType::boolean, "boolean"},
    {ParameterType::integer, "integer"},
    {ParameterType::number, "number"},
    {ParameterType::text, "text"},
    {ParameterType::path, "path"},
    {ParameterType::choice, "choice"},
    {ParameterType::integers, "integers"},
    {ParameterType::numbers, "numbers"},
    {ParameterType::texts, "texts"},
    {ParameterType::duration, "duration"},
    {ParameterType::schedule, "schedule"},
    {ParameterType::component, "component"},
    {ParameterType::components, "components"},
    {ParameterType::named_components, "named_components"},
    {ParameterType::section, "section"},
}};

ParameterType type_named(const std::string& name) {
  for (const auto& [type, word] : kTypeNames)
    if (name == word) return type;
  throw std::logic_error("schema: no parameter type is called '" + name + "'");
}

std::string name_of(ParameterType type) {
  for (const auto& [candidate, word] : kTypeNames)
    if (candidate == type) return word;
  throw std::logic_error("schema: a parameter type without a name");
}

void put(Json& object, const char* key, const std::string& value) {
  if (!value.empty()) object[key] = value;
}

}  // namespace

Parameter Parameter::make(std::string name, ParameterType type, std::string help) {
  Parameter out;
  out.name = std::move(name);
  out.type = type;
  out.help = std::move(help);
  if (type == ParameterType::schedule) out.kind = "schedule";
  return out;
}

Parameter Parameter::choice(std::string n, std::vector<std::string> choices, std::string h) {
  Parameter out = make(std::move(n), ParameterType::choice, std::move(h));
  out.choices = std::move(choices);
  return out;
}

Parameter Parameter::component(std::string n, std::string kind, std::string h) {
  Parameter out = make(std::move(n), ParameterType::component, std::move(h));
  out.kind = std::move(kind);
  return out;
}

Parameter Parameter::components(std::string n, std::string kind, std::string h) {
  Parameter out = make(std::move(n), ParameterType::components, std::move(h));
  out.kind = std::move(kind);
  return out;
}

Parameter Parameter::named_components(std::string n, std::string kind, std::string h) {
  Parameter out = make(std::move(n), ParameterType::named_components, std::move(h));
  out.kind = std::move(kind);
  return out;
}

Parameter Parameter::section(std::string n, std::string section, std::string h) {
  Parameter out = make(std::move(n), ParameterType::section, std::move(h));
  out.kind = std::move(section);
  return out;
}

Parameter Parameter::defaults(Json value) && {
  default_value = std::move(value);
  return std::move(*this);
}

Parameter Parameter::optional() && { return std::move(*this).defaults(Json(nullptr)); }

Parameter Parameter::at_least(double value) && {
  minimum = value;
  exclusive_minimum = false;
  return std::move(*this);
}

Parameter Parameter::at_most(double value) && {
  maximum = value;
  exclusive_maximum = false;
  return std::move(*this);
}

Parameter Parameter::above(double value) && {
  minimum = value;
  exclusive_minimum = true;
  return std::move(*this);
}

Parameter Parameter::below(double value) && {
  maximum = value;
  exclusive_maximum = true;
  return std::move(*this);
}

Parameter Parameter::or_word(std::string value) && {
  word = std::move(value);
  return std::move(*this);
}

Parameter Parameter::or_type(std::string value) && {
  default_type = std::move(value);
  return std::move(*this);
}

Parameter Parameter::in_unit(std::string value) && {
  unit = std::move(value);
  return std::move(*this);
}

Json Parameter::to_json() const {
  Json out{{"name", name}, {"type", name_of(type)}, {"help", help}};
  put(out, "unit", unit);
  if (default_value) out["default"] = *default_value;
  if (minimum) out[exclusive_minimum ? "above" : "at_least"] = *minimum;
  if (maximum) out[exclusive_maximum ? "below" : "at_most"] = *maximum;
  if (!choices.empty()) out["choices"] = choices;
  put(out, "word", word);
  put(out, "kind", kind);
  put(out, "default_type", default_type);
  return out;
}

Parameter Parameter::from_json(const Json& value) {
  Parameter out = make(value.at("name"), type_named(value.at("type")), value.at("help"));
  out.unit = value.value("unit", "");
  if (value.contains("default")) out.default_value = value.at("default");
  out.exclusive_minimum = value.contains("above");
  out.exclusive_maximum = value.contains("below");
  if (out.exclusive_minimum) out.minimum = value.at("above").get<double>();
  if (value.contains("at_least")) out.minimum = value.at("at_least").get<double>();
  if (out.exclusive_maximum) out.maximum = value.at("below").get<double>();
  if (value.contains("at_most")) out.maximum = value.at("at_most").get<double>();
  if (value.contains("choices")) out.choices = value.at("choices").get<std::vector<std::string>>();
  out.word = value.value("word", "");
  out.kind = value.value("kind", "");
  out.default_type = value.value("default_type", "");
  return out;
}

ComponentInfo ComponentInfo::of(std::string name, std::string summary) {
  ComponentInfo info;
  info.name = std::move(name);
  info.summary = std::move(summary);
  return info;
}

ComponentInfo ComponentInfo::section(std::string name,
                                     std::string summary,
                                     std::vector<Parameter> parameters) {
  ComponentInfo info = of(std::move(name), std::move(summary));
  info.kind = "section";
  info.parameters = std::move(parameters);
  return info;
}

ComponentInfo ComponentInfo::source(std::string value) && {
  paper = std::move(value);
  return std::move(*this);
}

ComponentInfo ComponentInfo::marked_by(std::string key) && {
  mark = std::move(key);
  return std::move(*this);
}

ComponentInfo ComponentInfo::takes(const std::vector<Parameter>& more) && {
  parameters.insert(parameters.end(), more.begin(), more.end());
  return std::move(*this);
}

ComponentInfo ComponentInfo::with(Traits value) && {
  traits = std::move(value);
  return std::move(*this);
}

const Parameter* ComponentInfo::find(const std::string& parameter) const {
  for (const auto& candidate : parameters)
    if (candidate.name == parameter) return &candidate;
  return nullptr;
}

Json ComponentInfo::to_json() const {
  Json out{{"kind", kind}, {"name", name}, {"summary", summary}};
  put(out, "paper", paper);
  put(out, "mark", mark);
  out["parameters"] = Json::array();
  for (const auto& parameter : parameters) out["parameters"].push_back(parameter.to_json());
  // The word "properties" is that of `elbow schema` and `elbow describe --json`.
  if (Json said = traits_to_json(traits); !said.empty()) out["properties"] = std::move(said);
  return out;
}

ComponentInfo ComponentInfo::from_json(const Json& value) {
  ComponentInfo out;
  out.kind = value.at("kind").get<std::string>();
  out.name = value.at("name").get<std::string>();
  out.summary = value.at("summary").get<std::string>();
  out.paper = value.value("paper", "");
  out.mark = value.value("mark", "");
  for (const auto& parameter : value.at("parameters"))
    out.parameters.push_back(Parameter::from_json(parameter));
  if (value.contains("properties")) out.traits = traits_from_json(out.kind, value.at("properties"));
  return out;
}

}  // namespace elbow
