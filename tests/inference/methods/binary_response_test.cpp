// A model of classes refuses a response that is none, wherever it comes from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using testing::TemporaryFolder;
using testing::TinyRun;

TEST(BinaryResponse, AnotherValueIsRefusedWithItsLine) {
  const TemporaryFolder folder;
  for (const char* value : {"2", "-1", "0.5", "1.0001"}) {
    std::string table = "a,b,y\n";
    for (int i = 0; i < 20; ++i)
      table += std::to_string(i * 7 % 11) + "," + std::to_string(i * 5 % 13) + "," +
               (i == 4 ? value : std::to_string(i % 2)) + "\n";
    io::write_file(folder.path() + "/classes.csv", table);
    const std::string config =
        "name: tiny\nseed: 3\ndevice: cpu\nthreads: 1\ndata: {type: table, path: " + folder.path() +
        "/classes.csv, response: y, standardize: true, standardize_response: false}\n"
        "model: {type: network_classification}\ntrainer: {epochs: 1}\n";
    try {
      TinyRun run(folder.path() + "/run", {}, config);
      ADD_FAILURE() << "was accepted: " << value;
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr("classes.csv:6: expected 0 or 1, the class in"));
      EXPECT_THAT(error.what(), HasSubstr(std::string("found ") + value));
      EXPECT_THAT(error.help(), HasSubstr("predicts classes 0 and 1"));
    }
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
