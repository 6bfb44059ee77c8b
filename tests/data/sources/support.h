#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "elbow/data/sources/named_set.h"
#include "elbow/foundations/core/error.h"

namespace elbow::data {

/// A folder that is removed at the end of the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "elbow-data-XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("cannot make a temporary folder");
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

inline void write_bytes(const std::string& path, const std::string& bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Sets an environment variable for one test.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) {
    const char* before = std::getenv(name);
    had_value_ = before != nullptr;
    if (before) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~ScopedVariable() {
    if (had_value_) {
      setenv(name_.c_str(), before_.c_str(), 1);
    } else {
      unsetenv(name_.c_str());
    }
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  std::string name_, before_;
  bool had_value_ = false;
};

/// Message and help of the DataError that `action` throws; "" when nothing is thrown.
template <class Action>
std::string data_error_of(Action&& action) {
  try {
    action();
  } catch (const DataError& error) {
    return std::string(error.what()) + " | " + error.help();
  }
  return "";
}

/// A data section with every default written out, as the schema gives it.
inline ConfigNode resolved(const std::string& type, const Json& changes = Json::object()) {
  Json out = {{"type", type}};
  for (const ComponentInfo& info : data_components()) {
    if (info.name != type) continue;
    for (const Parameter& parameter : info.parameters)
      out[parameter.name] = parameter.default_value.value_or(nullptr);
  }
  for (const auto& [key, value] : changes.items()) {
    if (!out.contains(key)) throw std::logic_error("no parameter " + key);
    out[key] = value;
  }
  return ConfigNode(out, "data");
}

}  // namespace elbow::data
