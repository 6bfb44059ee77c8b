// The generated pages agree with the program.
#include <gtest/gtest.h>

#include "elbow/io/sys.h"
#include "front_program.h"

namespace elbow::test {
namespace {

TEST(Docs, ConfigurationReferenceIsWhatTheSchemaSays) {
  const std::string page = io::read_file(std::string(ELBOW_SOURCE_DIR) + "/docs/configuration.md");
  ELBOW_NEEDS_PROGRAM();
  const RunResult result = elbow({"schema", "--markdown"}, RunOptions{});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(page, result.out) << "make it anew: build/release/elbow schema --markdown > docs/configuration.md";
}

}  // namespace
}  // namespace elbow::test
