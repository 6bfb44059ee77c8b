#include "elbow/foundations/core/traits.h"

#include <set>
#include <stdexcept>
#include <type_traits>

namespace elbow {
namespace {

Json json_of(const Guarantee& value) { return value.to_json(); }

template <class Value>
Json json_of(const Value& value) {
  if constexpr (std::is_enum_v<Value>)
    return word_of(value);
  else
    return value;
}

template <class Value>
Json json_of(const std::vector<Value>& values) {
  Json out = Json::array();
  for (const Value& value : values) out.push_back(json_of(value));
  return out;
}

void read(const Json& json, Guarantee& value) { value = Guarantee::from_json(json); }

template <class Value>
void read(const Json& json, Value& value) {
  if constexpr (std::is_enum_v<Value>)
    value = of_word<Value>(json.get<std::string>());
  else
    json.get_to(value);
}

template <class Value>
void read(const Json& json, std::vector<Value>& values) {
  values.clear();
  for (const Json& item : json) read(item, values.emplace_back());
}

bool says_nothing(const Json& value) {
  return value.is_string() ? value.get_ref<const std::string&>().empty()
                           : value.is_array() && value.empty();
}

template <class Kind>
Kind read_traits(const Json& json) {
  Kind out;
  std::set<std::string> known;
  Kind::each(out, [&](const char* name, auto& value) {
    known.insert(name);
    if (json.contains(name)) read(json.at(name), value);
  });
  for (const auto& item : json.items())
    if (known.count(item.key()) == 0)
      throw std::logic_error("schema: a component of kind '" + std::string(Kind::kKind) +
                             "' has no trait '" + item.key() + "'");
  return out;
}

/// Tries one alternative of the variant after the other.
template <std::size_t Index = 1>
Traits read_kind(const std::string& kind, const Json& json) {
  if constexpr (Index == std::variant_size_v<Traits>) {
    throw std::logic_error("schema: components of kind '" + kind + "' have no traits");
  } else {
    using Kind = std::variant_alternative_t<Index, Traits>;
    return kind == Kind::kKind ? Traits(read_traits<Kind>(json)) : read_kind<Index + 1>(kind, json);
  }
}

}  // namespace

std::string kind_of(const Traits& traits) {
  return std::visit(
      [](const auto& one) -> std::string {
        if constexpr (std::is_same_v<std::decay_t<decltype(one)>, std::monostate>)
          return "";
        else
          return one.kKind;
      },
      traits);
}

Json traits_to_json(const Traits& traits) {
  Json out = Json::object();
  std::visit(
      [&out](const auto& one) {
        using Kind = std::decay_t<decltype(one)>;
        if constexpr (!std::is_same_v<Kind, std::monostate>)
          Kind::each(one, [&out](const char* name, const auto& value) {
            Json json = json_of(value);
            if (!says_nothing(json)) out[name] = std::move(json);
          });
      },
      traits);
  return out;
}

Traits traits_from_json(const std::string& kind, const Json& value) {
  return read_kind(kind, value);
}

}  // namespace elbow
