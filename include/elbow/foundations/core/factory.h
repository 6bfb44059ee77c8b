#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "elbow/foundations/core/component.h"

namespace elbow {

/// The table of the components of one kind. `list`, `describe`, the schema, the messages for
/// misspelt names and the conformance tests all read it, so that a listed component cannot escape
/// testing.
///
/// @tparam Product    a shared pointer to the contract of the kind, or a value
/// @tparam Arguments  what a component is told beside its configuration
template <class Product, class... Arguments>
class Factory {
 public:
  struct Row {
    ComponentInfo info;
    std::function<Product(const ConfigNode&, Arguments...)> create;
  };
  /// What all rows of a kind share, such as a key that each of them takes.
  using Complete = std::function<Row(Row)>;

  Factory(std::string kind, std::vector<Row> rows, Complete complete = {})
      : kind_(std::move(kind)), complete_(std::move(complete)) {
    for (auto& row : rows) add(std::move(row));
  }

  /// The row of a class that says itself what it is, by `static ComponentInfo info(key...)`. It is
  /// built by `create(key..., node, arguments...)` or `create(key..., node)` if it has such a
  /// static function, else by the constructor of these, or of the key alone.
  /// @param key tells the components of one class from each other
  template <class Component, class... Key>
  static Row row(const Key&... key) {
    return {Component::info(key...),
            [key...](const ConfigNode& node, Arguments... arguments) -> Product {
              return build<Component>(node, arguments..., key...);
            }};
  }

  /// A component of the program that uses this library. Call it while the program starts, before
  /// anything else has asked the factory or made a schema from it, and from one thread: the table
  /// has no lock, and is not to change once it is read.
  /// @throws std::logic_error for a name that is there already, or the traits of another kind
  void add(Row row) {
    if (complete_) row = complete_(std::move(row));
    row.info.kind = kind_;
    const std::string traits = kind_of(row.info.traits);
    if (!traits.empty() && traits != kind_)
      throw std::logic_error("the " + kind_ + " '" + row.info.name + "' has the traits of a " +
                             traits);
    if (find(row.info.name) != nullptr)
      throw std::logic_error("two components of kind " + kind_ + " are called '" + row.info.name +
                             "'");
    rows_.push_back(std::move(row));
  }

  const std::string& kind() const { return kind_; }
  const std::vector<Row>& rows() const { return rows_; }
  const Row* find(const std::string& name) const {
    for (const auto& row : rows_)
      if (row.info.name == name) return &row;
    return nullptr;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& row : rows_) out.push_back(row.info.name);
    return out;
  }
  std::vector<ComponentInfo> infos() const {
    std::vector<ComponentInfo> out;
    for (const auto& row : rows_) out.push_back(row.info);
    return out;
  }
  /// Builds the component that `node.type()` names. The name was checked against the schema before.
  Product create(const ConfigNode& node, Arguments... arguments) const {
    const std::string name = node.type();
    if (const Row* row = find(name)) return row->create(node, arguments...);
    throw std::logic_error(node.path() + ": no " + kind_ + " is called '" + name + "'");
  }

 private:
  template <class Component, class Void, class... Given>
  struct HasCreate : std::false_type {};
  template <class Component, class... Given>
  struct HasCreate<Component,
                   std::void_t<decltype(Component::create(std::declval<Given>()...))>,
                   Given...> : std::true_type {};

  template <class Component, class... Key>
  static Product build(const ConfigNode& node, Arguments... arguments, const Key&... key) {
    using Node = const ConfigNode&;
    if constexpr (HasCreate<Component, void, const Key&..., Node, Arguments...>::value)
      return Component::create(key..., node, arguments...);
    else if constexpr (HasCreate<Component, void, const Key&..., Node>::value)
      return Component::create(key..., node);
    else if constexpr (std::is_constructible_v<Component, const Key&..., Node, Arguments...>)
      return std::make_shared<Component>(key..., node, arguments...);
    else if constexpr (std::is_constructible_v<Component, const Key&..., Node>)
      return std::make_shared<Component>(key..., node);
    else
      return std::make_shared<Component>(key...);
  }

  std::string kind_;
  Complete complete_;
  std::vector<Row> rows_;
};

}  // namespace elbow
