#include <algorithm>
#include <set>

#include "cli/common/completion.h"

namespace elbow::cli {
namespace {

using Keys = std::map<std::string, std::vector<std::string>>;

class KeyWalk {
 public:
  explicit KeyWalk(const Schema& schema) : schema_(schema) {}

  Keys walk() {
    if (const auto* top = schema_.section("experiment")) parameters("", *top);
    return keys_;
  }

 private:
  void add(const std::string& path, const std::vector<std::string>& values) {
    auto& known = keys_[path];
    for (const auto& value : values)
      if (std::find(known.begin(), known.end(), value) == known.end()) known.push_back(value);
  }

  void parameters(const std::string& prefix, const ComponentInfo& info) {
    for (const auto& parameter : info.parameters) one(prefix + parameter.name, parameter);
  }

  void one(const std::string& path, const Parameter& parameter) {
    const std::vector<std::string> word = parameter.word.empty()
                                              ? std::vector<std::string>{}
                                              : std::vector<std::string>{parameter.word};
    switch (parameter.type) {
      case ParameterType::section:
        if (const auto* section = schema_.section(parameter.kind)) parameters(path + ".", *section);
        return;
      case ParameterType::component:
        return components(path, parameter.kind);
      case ParameterType::schedule:
        add(path, word);
        return components(path, "schedule");
      case ParameterType::boolean:
        add(path, {"true", "false"});
        return add(path, word);
      case ParameterType::choice:
        add(path, parameter.choices);
        return add(path, word);
      default:
        return add(path, word);
    }
  }

  void components(const std::string& path, const std::string& kind) {
    add(path + ".type", schema_.names(kind));
    // A component may hold one of its own kind (a stand-in, a mixture): the keys below would have
    // no end.
    if (!open_kinds_.insert(kind).second) return;
    for (const auto& info : schema_.components())
      if (info.kind == kind) parameters(path + ".", info);
    open_kinds_.erase(kind);
  }

  const Schema& schema_;
  Keys keys_;
  std::set<std::string> open_kinds_;
};

}  // namespace

std::map<std::string, std::vector<std::string>> override_keys(const Schema& schema) {
  return KeyWalk(schema).walk();
}

}  // namespace elbow::cli
