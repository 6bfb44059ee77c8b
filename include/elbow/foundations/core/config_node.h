#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace elbow {

using Json = nlohmann::ordered_json;

/// Read access to a *resolved* configuration: validated against the schema, every default written
/// out.
///
/// Asking for a key that the schema does not give is a defect of ours (std::logic_error), not a
/// user error. Every read is recorded; `unread()` lists the keys that nobody asked for, so that an
/// option that is parsed and then ignored is caught when the experiment is built.
class ConfigNode {
 public:
  explicit ConfigNode(Json value, std::string path = "");

  /// True when the key is there and not null.
  bool has(const std::string& key) const;
  bool boolean(const std::string& key) const;
  std::int64_t integer(const std::string& key) const;
  double number(const std::string& key) const;
  std::string text(const std::string& key) const;
  std::vector<std::int64_t> integers(const std::string& key) const;
  std::vector<double> numbers(const std::string& key) const;
  std::vector<std::string> texts(const std::string& key) const;
  /// A section or a component.
  ConfigNode child(const std::string& key) const;
  /// A list of components.
  std::vector<ConfigNode> children(const std::string& key) const;
  /// A map of components, by name in its order.
  std::vector<std::pair<std::string, ConfigNode>> named_children(const std::string& key) const;
  /// The component's registered name: the key `type`.
  std::string type() const { return text("type"); }
  /// True when the value is the given word (`auto`).
  bool is_word(const std::string& key, const std::string& word) const;
  /// The whole value, counted as read with everything below it.
  const Json& raw() const;
  /// Refuses the configuration at this node, or at one of its keys. @throws ConfigError
  [[noreturn]] void refuse(const std::string& message,
                           const std::string& help = "",
                           const std::string& key = "") const;
  /// Marks a key as read without using it here (somebody else owns it).
  void touch(const std::string& key) const;
  const std::string& path() const { return path_; }
  std::vector<std::string> unread() const;

 private:
  ConfigNode(std::shared_ptr<const Json> root,
             const Json* value,
             std::string path,
             std::shared_ptr<std::set<std::string>> reads);
  const Json& at(const std::string& key) const;
  std::string join(const std::string& key) const;

  std::shared_ptr<const Json> root_;
  const Json* value_;
  std::string path_;
  std::shared_ptr<std::set<std::string>> reads_;
};

}  // namespace elbow
