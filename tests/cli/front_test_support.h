#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/run_command.h"

namespace elbow::test {

/// A folder that goes away with the object.
class CliFolder {
 public:
  CliFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "elbow-cli-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp: " + pattern);
    path_ = pattern;
  }
  ~CliFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  CliFolder(const CliFolder&) = delete;
  CliFolder& operator=(const CliFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  void write(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(std::filesystem::path(*this / name).parent_path());
    std::ofstream(*this / name, std::ios::binary) << bytes;
  }
  std::size_t num_entries() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_))
      count += entry.exists();
    return count;
  }

 private:
  std::string path_;
};

inline std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// The program under test: of this build, or of the folder that ELBOW_TEST_BINARY_DIR names.
inline std::string elbow_binary() {
  const char* other = std::getenv("ELBOW_TEST_BINARY_DIR");
  return std::string(other != nullptr ? other : ELBOW_BINARY_DIR) + "/elbow";
}

/// Runs the built front end.
inline RunResult elbow(std::vector<std::string> arguments, const RunOptions& options = {}) {
  arguments.insert(arguments.begin(), elbow_binary());
  return run(arguments, options);
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

}  // namespace elbow::test

/// First line of a test that needs the built program.
#define ELBOW_NEEDS_PROGRAM()                                   \
  if (::access(elbow::test::elbow_binary().c_str(), X_OK) != 0) \
  GTEST_SKIP() << "not built: " << elbow::test::elbow_binary()
