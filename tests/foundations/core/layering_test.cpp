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

struct Module {
  std::string folder;  ///< "probability/distributions"
  std::set<std::string> uses;
};
using Modules = std::map<std::string, Module>;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  EXPECT_TRUE(in) << file;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

fs::path source_root() { return ELBOW_SOURCE_DIR; }

/// Each line `elbow_module(wing/name ... USES a b LINK c)`, by its name.
Modules stated_modules(const std::string& cmake) {
  Modules out;
  const std::regex line(R"(elbow_module\(([^)]*)\))");
  for (auto it = std::sregex_iterator(cmake.begin(), cmake.end(), line);
       it != std::sregex_iterator();
       ++it) {
    std::istringstream words((*it)[1].str());
    std::string folder, word;
    words >> folder;
    bool is_use = false;
    Module& module = out[fs::path(folder).filename().string()];
    module.folder = folder;
    while (words >> word) {
      if (word == "USES" || word == "LINK")
        is_use = word == "USES";
      else if (is_use)
        module.uses.insert(word);
    }
  }
  return out;
}

/// The modules whose headers a source includes: "elbow/WING/MODULE/..." and what lies in
/// src/WING/MODULE.
std::set<std::string> included_modules(const std::string& source, const Modules& modules) {
  std::set<std::string> out;
  const std::regex include(R"re(#include "(?:elbow/)?([^"]*)")re");
  for (auto it = std::sregex_iterator(source.begin(), source.end(), include);
       it != std::sregex_iterator();
       ++it)
    for (const auto& [name, module] : modules)
      if ((*it)[1].str().rfind(module.folder + "/", 0) == 0) out.insert(name);
  return out;
}

/// What is stated and not included, and what is included and not stated, each with its place.
std::vector<std::string> differences(const fs::path& root, const Modules& modules) {
  std::vector<std::string> out;
  for (const auto& [module, stated] : modules) {
    std::set<std::string> idle = stated.uses;
    for (const fs::path& folder :
         {root / "include/elbow" / stated.folder, root / "src" / stated.folder}) {
      if (!fs::exists(folder)) continue;
      for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        for (const auto& other : included_modules(text_of(entry.path()), modules)) {
          idle.erase(other);
          if (other != module && stated.uses.count(other) == 0)
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
  const Modules modules = stated_modules(cmake);
  const auto place = [&](const std::string& name) {
    return cmake.find("elbow_module(" + modules.at(name).folder);
  };
  for (const auto& [name, module] : modules)
    for (const auto& used : module.uses)
      EXPECT_LT(place(used), place(name))
          << name << " uses " << used << ", which stands below it in CMakeLists.txt";
}

TEST(Layering, DifferencesAreFound) {
  const fs::path root = fs::temp_directory_path() / ("elbow-layers-" + std::to_string(::getpid()));
  fs::create_directories(root / "include/elbow/one/low");
  fs::create_directories(root / "src/two/high");
  std::ofstream(root / "include/elbow/one/low/a.h") << "#include \"elbow/two/high/b.h\"\n";
  std::ofstream(root / "src/two/high/b.cpp")
      << "#include \"elbow/one/low/a.h\"\n#include \"own.h\"\n";
  const Modules modules = stated_modules(
      "elbow_module(idle)\nelbow_module(one/low NO_TORCH LINK x)\n"
      "elbow_module(two/high USES idle\n low)");
  const auto found = differences(root, modules);
  fs::remove_all(root);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_NE(found[0].find("high names idle"), std::string::npos) << found[0];
  EXPECT_NE(found[1].find("low includes high"), std::string::npos) << found[1];
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
