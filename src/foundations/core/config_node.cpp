#include "elbow/foundations/core/config_node.h"

#include <stdexcept>

#include "elbow/foundations/core/error.h"

namespace elbow {
namespace {

/// Marks a path as read together with everything below it; no key contains this character.
std::string whole(const std::string& path) { return path + "*"; }

[[noreturn]] void defect(const std::string& path, const std::string& what) {
  throw std::logic_error("configuration key '" + path + "' " + what);
}

void require(bool holds, const std::string& path, const char* expected) {
  if (!holds)
    defect(path, std::string("was asked for as ") + expected + ", the schema gives another type");
}

std::string join_path(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

std::string item_path(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

bool holds_objects(const Json& value) {
  if (!value.is_array() || value.empty()) return false;
  for (const auto& item : value)
    if (!item.is_object()) return false;
  return true;
}

void collect_unread(const Json& value,
                    const std::string& path,
                    const std::set<std::string>& reads,
                    std::vector<std::string>& out) {
  if (reads.count(whole(path)) != 0) return;
  if (!path.empty() && !value.is_null() && reads.count(path) == 0) {
    out.push_back(path);
    return;
  }
  if (value.is_object())
    for (const auto& [key, below] : value.items())
      collect_unread(below, join_path(path, key), reads, out);
  else if (holds_objects(value))
    for (std::size_t i = 0; i < value.size(); ++i)
      collect_unread(value[i], item_path(path, i), reads, out);
}

template <class T>
std::vector<T> list_of(const Json& value,
                       const std::string& path,
                       bool (*fits)(const Json&),
                       const char* expected) {
  require(value.is_array(), path, expected);
  std::vector<T> out;
  for (const auto& item : value) {
    require(fits(item), path, expected);
    out.push_back(item.get<T>());
  }
  return out;
}

}  // namespace

ConfigNode::ConfigNode(Json value, std::string path)
    : root_(std::make_shared<const Json>(std::move(value))),
      value_(root_.get()),
      path_(std::move(path)),
      reads_(std::make_shared<std::set<std::string>>()) {
  if (!path_.empty()) reads_->insert(path_);
}

ConfigNode::ConfigNode(std::shared_ptr<const Json> root,
                       const Json* value,
                       std::string path,
                       std::shared_ptr<std::set<std::string>> reads)
    : root_(std::move(root)), value_(value), path_(std::move(path)), reads_(std::move(reads)) {}

std::string ConfigNode::join(const std::string& key) const { return join_path(path_, key); }

const Json& ConfigNode::at(const std::string& key) const {
  const auto found = value_->is_object() ? value_->find(key) : value_->end();
  if (found == value_->end()) defect(join(key), "was asked for, but the schema does not give it");
  reads_->insert(join(key));
  return *found;
}

void ConfigNode::refuse(const std::string& message,
                        const std::string& help,
                        const std::string& key) const {
  Diagnostic diagnostic;
  diagnostic.path = key.empty() ? path_ : join_path(path_, key);
  diagnostic.message = message;
  diagnostic.help = help;
  throw ConfigError({diagnostic});
}

bool ConfigNode::has(const std::string& key) const {
  return value_->is_object() && value_->contains(key) && !value_->at(key).is_null();
}

bool ConfigNode::boolean(const std::string& key) const {
  const Json& value = at(key);
  require(value.is_boolean(), join(key), "a boolean");
  return value.get<bool>();
}

std::int64_t ConfigNode::integer(const std::string& key) const {
  const Json& value = at(key);
  require(value.is_number_integer(), join(key), "an integer");
  return value.get<std::int64_t>();
}

double ConfigNode::number(const std::string& key) const {
  const Json& value = at(key);
  require(value.is_number(), join(key), "a number");
  return value.get<double>();
}

std::string ConfigNode::text(const std::string& key) const {
  const Json& value = at(key);
  require(value.is_string(), join(key), "text");
  return value.get<std::string>();
}

std::vector<std::int64_t> ConfigNode::integers(const std::string& key) const {
  const auto fits = [](const Json& item) { return item.is_number_integer(); };
  return list_of<std::int64_t>(at(key), join(key), fits, "a list of integers");
}

std::vector<double> ConfigNode::numbers(const std::string& key) const {
  const auto fits = [](const Json& item) { return item.is_number(); };
  return list_of<double>(at(key), join(key), fits, "a list of numbers");
}

std::vector<std::string> ConfigNode::texts(const std::string& key) const {
  const auto fits = [](const Json& item) { return item.is_string(); };
  return list_of<std::string>(at(key), join(key), fits, "a list of texts");
}

ConfigNode ConfigNode::child(const std::string& key) const {
  const Json& value = at(key);
  require(value.is_object(), join(key), "a section");
  return ConfigNode(root_, &value, join(key), reads_);
}

std::vector<ConfigNode> ConfigNode::children(const std::string& key) const {
  const Json& value = at(key);
  require(value.is_array(), join(key), "a list of components");
  std::vector<ConfigNode> out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string path = item_path(join(key), i);
    require(value[i].is_object(), path, "a component");
    reads_->insert(path);
    out.push_back(ConfigNode(root_, &value[i], path, reads_));
  }
  return out;
}

std::vector<std::pair<std::string, ConfigNode>> ConfigNode::named_children(
    const std::string& key) const {
  const Json& value = at(key);
  require(value.is_object(), join(key), "a map of components");
  std::vector<std::pair<std::string, ConfigNode>> out;
  for (const auto& [name, below] : value.items()) {
    const std::string path = join(key) + "." + name;
    require(below.is_object(), path, "a component");
    reads_->insert(path);
    out.emplace_back(name, ConfigNode(root_, &below, path, reads_));
  }
  return out;
}

bool ConfigNode::is_word(const std::string& key, const std::string& word) const {
  // Only the word itself counts as read: whoever finds no word still has to read the value.
  if (!has(key) || value_->at(key) != Json(word)) return false;
  reads_->insert(join(key));
  return true;
}

const Json& ConfigNode::raw() const {
  reads_->insert(whole(path_));
  return *value_;
}

void ConfigNode::touch(const std::string& key) const {
  at(key);
  reads_->insert(whole(join(key)));
}

std::vector<std::string> ConfigNode::unread() const {
  std::vector<std::string> out;
  collect_unread(*value_, path_, *reads_, out);
  return out;
}

}  // namespace elbow
