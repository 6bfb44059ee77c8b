#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "elbow/core/component.h"

namespace elbow {

/// An immutable table of the components of one kind. `list`, `describe`, the schema, the messages
/// for misspelt names and the conformance tests all read it, so that a listed component cannot
/// escape testing.
template <class Product, class... Arguments>
class Factory {
 public:
  struct Row {
    ComponentInfo info;
    std::function<Product(const ConfigNode&, Arguments...)> create;
  };

  Factory(std::string kind, std::vector<Row> rows)
      : kind_(std::move(kind)), rows_(std::move(rows)) {
    for (auto& row : rows_) row.info.kind = kind_;
  }

  const std::string& kind() const { return kind_; }
  const std::vector<Row>& rows() const { return rows_; }
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
    for (const auto& row : rows_)
      if (row.info.name == name) return row.create(node, arguments...);
    throw std::logic_error(node.path() + ": no " + kind_ + " is called '" + name + "'");
  }

 private:
  std::string kind_;
  std::vector<Row> rows_;
};

}  // namespace elbow
