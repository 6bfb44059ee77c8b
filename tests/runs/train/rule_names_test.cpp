// Rules of combinations read traits, so that a new component needs no change in them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "elbow/runs/train/full_schema.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Names of components, without words that are also a choice of some key, such as none.
std::set<std::string> names_of_components() {
  std::set<std::string> names, choices;
  const Schema schema = full_schema();
  for (const ComponentInfo& info : schema.components()) {
    if (info.kind != "section") names.insert(info.name);
    for (const Parameter& parameter : info.parameters)
      choices.insert(parameter.choices.begin(), parameter.choices.end());
  }
  for (const auto& choice : choices) names.erase(choice);
  return names;
}

/// Texts that a source compares with: `== "text"`, `"text" !=`, `Json("text")`, `find("kind",
/// "text")`.
std::set<std::string> compared_texts(const std::string& source) {
  std::set<std::string> out;
  const std::regex comparison(
      R"re([=!]=\s*(?:Json\()?"(\w+)"|"(\w+)"\)?\s*[=!]=|(?:find|contains|count|compare)\([^()]*"(\w+)"\))re");
  for (auto it = std::sregex_iterator(source.begin(), source.end(), comparison);
       it != std::sregex_iterator();
       ++it)
    for (std::size_t group = 1; group <= 3; ++group)
      if ((*it)[group].matched) out.insert((*it)[group].str());
  return out;
}

TEST(Rules, CompareNoNamesOfComponents) {
  const std::set<std::string> names = names_of_components();
  ASSERT_EQ(names.count("bernoulli"), 1u);
  std::size_t num_sources = 0;
  for (const auto& entry :
       fs::directory_iterator(fs::path(ELBOW_SOURCE_DIR) / "src/foundations/config")) {
    const std::string file = entry.path().filename().string();
    if (file.find("rule") == std::string::npos && file.find("config_view") == std::string::npos &&
        file.find("flow_layers") == std::string::npos)
      continue;
    ++num_sources;
    for (const auto& text : compared_texts(text_of(entry.path())))
      EXPECT_EQ(names.count(text), 0u) << file << " compares with the component '" << text << "'";
  }
  EXPECT_GE(num_sources, 10u);
}

TEST(Rules, ComparisonsAreFound) {
  EXPECT_EQ(compared_texts(R"(if (view.text("model.type") == "latent" || "iwae" != name))"),
            (std::set<std::string>{"iwae", "latent"}));
  EXPECT_EQ(compared_texts(R"(value == Json("planar") && contains(known, "vamp"))"),
            (std::set<std::string>{"planar", "vamp"}));
  EXPECT_TRUE(compared_texts(R"(return "set model.type=latent";)").empty());
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
