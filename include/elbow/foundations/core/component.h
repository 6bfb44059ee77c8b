#pragma once

#include <optional>
#include <string>
#include <vector>

#include "elbow/foundations/core/config_node.h"
#include "elbow/foundations/core/traits.h"

namespace elbow {

/// How the text of a parameter is read.
enum class ParameterType {
  boolean,
  integer,  ///< accepts 1e5 when exact
  number,
  text,
  path,
  choice,            ///< one of `choices`
  integers,          ///< list
  numbers,           ///< list
  texts,             ///< list
  duration,          ///< seconds, or 90s, 15m, 3h50m; resolved to seconds
  schedule,          ///< a number, or a component of kind `schedule`; resolved to the component
  component,         ///< a map with `type`, of kind `kind`
  components,        ///< list of such maps
  named_components,  ///< map from names to such maps, in its order
  section,           ///< a map without `type`; its parameters are the section named `kind`
};

/// One configuration key: stands once, beside the constructor that reads it. Parser, schema,
/// reference, completion and error texts all come from it.
///
/// Built by chaining: `Parameter::integer("count", "layers").defaults(1).at_least(1)`.
struct Parameter {
  std::string name;
  ParameterType type = ParameterType::text;
  std::string help;                   ///< one line
  std::string unit;                   ///< e.g. "nats"; empty when none
  std::optional<Json> default_value;  ///< none: required; JSON null: optional, absent when not set
  std::optional<double> minimum, maximum;
  bool exclusive_minimum = false, exclusive_maximum = false;
  std::vector<std::string> choices;  ///< for `choice`
  std::string word;                  ///< also accepted instead of a number or text, e.g. "auto"
  std::string kind;                  ///< component kind or section name
  std::string default_type;          ///< for `component`: what a map without `type` is

  static Parameter make(std::string name, ParameterType type, std::string help);
  static Parameter boolean(std::string n, std::string h) {
    return make(n, ParameterType::boolean, h);
  }
  static Parameter integer(std::string n, std::string h) {
    return make(n, ParameterType::integer, h);
  }
  static Parameter number(std::string n, std::string h) {
    return make(n, ParameterType::number, h);
  }
  static Parameter text(std::string n, std::string h) { return make(n, ParameterType::text, h); }
  static Parameter file(std::string n, std::string h) { return make(n, ParameterType::path, h); }
  static Parameter integers(std::string n, std::string h) {
    return make(n, ParameterType::integers, h);
  }
  static Parameter numbers(std::string n, std::string h) {
    return make(n, ParameterType::numbers, h);
  }
  static Parameter texts(std::string n, std::string h) { return make(n, ParameterType::texts, h); }
  static Parameter duration(std::string n, std::string h) {
    return make(n, ParameterType::duration, h);
  }
  static Parameter schedule(std::string n, std::string h) {
    return make(n, ParameterType::schedule, h);
  }
  static Parameter choice(std::string n, std::vector<std::string> choices, std::string h);
  static Parameter component(std::string n, std::string kind, std::string h);
  static Parameter components(std::string n, std::string kind, std::string h);
  static Parameter named_components(std::string n, std::string kind, std::string h);
  static Parameter section(std::string n, std::string section, std::string h);

  Parameter defaults(Json value) &&;
  Parameter optional() &&;  ///< default null
  Parameter at_least(double value) &&;
  Parameter at_most(double value) &&;
  Parameter above(double value) &&;  ///< exclusive
  Parameter below(double value) &&;  ///< exclusive
  Parameter or_word(std::string value) &&;
  Parameter or_type(std::string value) &&;
  Parameter in_unit(std::string value) &&;

  Json to_json() const;
  static Parameter from_json(const Json& value);
};

/// What is known of a component (or a section) without building it.
///
/// Built by chaining: `ComponentInfo::of("planar", "a bump along one direction").source("Rezende,
/// Mohamed, 2015").takes({...}).with(traits)`.
struct ComponentInfo {
  std::string kind;     ///< "objective", given by the factory; "section" for sections
  std::string name;     ///< "elbo"
  std::string summary;  ///< one line
  std::string paper;    ///< source: authors, title, year, arXiv number, section; may be empty
  std::string mark;     ///< the key that makes a map without `type` this component; may be empty
  std::vector<Parameter> parameters;
  Traits traits;  ///< what rules read; nothing for kinds that no rule asks about

  static ComponentInfo of(std::string name, std::string summary);
  /// A section of the configuration: a map without `type`.
  static ComponentInfo section(std::string name,
                               std::string summary,
                               std::vector<Parameter> parameters);

  ComponentInfo source(std::string paper) &&;
  /// A map with this key and without `type` is this component, whatever is usual.
  ComponentInfo marked_by(std::string key) &&;
  /// Adds parameters behind those that are there.
  ComponentInfo takes(const std::vector<Parameter>& more) &&;
  ComponentInfo with(Traits traits) &&;

  const Parameter* find(const std::string& parameter) const;
  /// Its traits, when it has some of that kind; else nullptr.
  template <class Kind>
  const Kind* find_traits() const {
    return std::get_if<Kind>(&traits);
  }
  Json to_json() const;
  static ComponentInfo from_json(const Json& value);
};

}  // namespace elbow
