// A module sees the headers of the modules that CMakeLists.txt gives it, and no others.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace elbow {
namespace ELBOW_TEST_FILE {

namespace fs = std::filesystem;

using Modules = std::map<std::string, std::set<std::string>>;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  EXPECT_TRUE(in) << file;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

fs::path source_root() { return ELBOW_SOURCE_DIR; }

/// Module to what stands behind its USES, of every line `elbow_module(name ... USES a b LINK c)`.
Modules stated_modules(const std::string& cmake) {
  Modules out;
  const std::regex line(R"(elbow_module\(([^)]*)\))");
  for (auto it = std::sregex_iterator(cmake.begin(), cmake.end(), line);
       it != std::sregex_iterator();
       ++it) {
    std::istringstream words((*it)[1].str());
    std::string name, word;
    words >> name;
    bool is_use = false;
    auto& uses = out[name];
    while (words >> word) {
      if (word == "USES" || word == "LINK")
        is_use = word == "USES";
      else if (is_use)
        uses.insert(word);
    }
  }
  return out;
}

/// The modules whose headers a source includes: "elbow/MODULE/..." and what lies in src/MODULE.
std::set<std::string> included_modules(const std::string& source, const Modules& modules) {
  std::set<std::string> out;
  const std::regex include(R"re(#include "(elbow/)?([a-z_]+)/[^"]*")re");
  for (auto it = std::sregex_iterator(source.begin(), source.end(), include);
       it != std::sregex_iterator();
       ++it)
    if (modules.count((*it)[2].str()) != 0) out.insert((*it)[2].str());
  return out;
}

/// What is stated and not included, and what is included and not stated, each with its place.
std::vector<std::string> differences(const fs::path& root, const Modules& modules) {
  std::vector<std::string> out;
  for (const auto& [module, uses] : modules) {
    std::set<std::string> idle = uses;
    for (const fs::path& folder : {root / "include/elbow" / module, root / "src" / module}) {
      if (!fs::exists(folder)) continue;
      for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        for (const auto& other : included_modules(text_of(entry.path()), modules)) {
          idle.erase(other);
          if (other != module && uses.count(other) == 0)
            out.push_back(module + " includes " + other + ": " + entry.path().string());
        }
      }
    }
    for (const auto& other : idle)
      out.push_back(module + " names " + other + " and includes none of it");
  }
  return out;
}

TEST(Layering, ModulesIncludeWhatTheyName) {
  const Modules modules = stated_modules(text_of(source_root() / "CMakeLists.txt"));
  ASSERT_GT(modules.size(), 20u);
  for (const auto& difference : differences(source_root(), modules)) ADD_FAILURE() << difference;
}

// CMake takes libraries in any order, so that a ring of modules would build.
TEST(Layering, ModulesNameThoseAboveThemOnly) {
  const std::string cmake = text_of(source_root() / "CMakeLists.txt");
  for (const auto& [module, uses] : stated_modules(cmake))
    for (const auto& used : uses)
      EXPECT_LT(cmake.find("elbow_module(" + used), cmake.find("elbow_module(" + module))
          << module << " uses " << used << ", which stands below it in CMakeLists.txt";
}

TEST(Layering, DifferencesAreFound) {
  const fs::path root = fs::temp_directory_path() / ("elbow-layers-" + std::to_string(::getpid()));
  fs::create_directories(root / "include/elbow/low");
  fs::create_directories(root / "src/high");
  std::ofstream(root / "include/elbow/low/a.h") << "#include \"elbow/high/b.h\"\n";
  std::ofstream(root / "src/high/b.cpp") << "#include \"elbow/low/a.h\"\n#include \"own.h\"\n";
  const Modules modules = stated_modules(
      "elbow_module(idle)\nelbow_module(low NO_TORCH LINK x)\nelbow_module(high USES idle\n low)");
  const auto found = differences(root, modules);
  fs::remove_all(root);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_NE(found[0].find("high names idle"), std::string::npos) << found[0];
  EXPECT_NE(found[1].find("low includes high"), std::string::npos) << found[1];
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
