// The generated pages agree with the program.
#include <gtest/gtest.h>

#include <filesystem>

#include "elbow/foundations/io/sys.h"
#include "front_test_support.h"

namespace elbow::test {
namespace ELBOW_TEST_FILE {

TEST(Docs, ConfigurationReferenceIsWhatTheSchemaSays) {
  const std::string page = io::read_file(std::string(ELBOW_SOURCE_DIR) + "/docs/configuration.md");
  ELBOW_NEEDS_PROGRAM();
  const RunResult result = elbow({"schema", "--markdown"}, RunOptions{});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(page, result.out)
      << "make it anew: build/release/elbow schema --markdown > docs/configuration.md";
}

TEST(Docs, FunctionsOfProgramsAreThoseOfTheTable) {
  const std::string page =
      io::read_file(std::string(ELBOW_SOURCE_DIR) + "/docs/program-functions.md");
  ELBOW_NEEDS_PROGRAM();
  const RunResult result = elbow({"list", "functions"}, RunOptions{});
  EXPECT_EQ(result.exit_code, 0);
  const std::string fence = "```\n";
  const std::size_t begin = page.find(fence) + fence.size();
  EXPECT_EQ(page.substr(begin, page.rfind(fence) - begin), result.out)
      << "make it anew: build/release/elbow list functions > between the fences";
}

// A file that is read must never run code: no pickle, no shell, no TorchScript but the one that
// export has just written, and the user's own densities, which refuse to be read unless
// --allow-code was given.
TEST(Sources, ReadingNeverExecutes) {
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::string(ELBOW_SOURCE_DIR) + "/src")) {
    if (!entry.is_regular_file()) continue;
    const std::string path = entry.path().string(), text = io::read_file(path);
    for (const char* word : {"torch::load", "torch::save", "std::system(", "popen("})
      EXPECT_EQ(text.find(word), std::string::npos) << path << ": " << word;
    const bool is_density = path.find("src/models/programs/script_target.cpp") != std::string::npos;
    if (path.find("src/runs/export/traced_method.cpp") == std::string::npos && !is_density) {
      EXPECT_EQ(text.find("jit::load"), std::string::npos) << path;
    }
    if (is_density) {
      EXPECT_LT(text.find("if (!is_user_code_allowed())\n    throw"), text.find("io::read_file"));
    }
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::test
