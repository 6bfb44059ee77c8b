// What elbow writes, read by the libraries that its users have: Python's torch and safetensors, and
// TensorBoard.
#include <gtest/gtest.h>

#include "front_test_support.h"

namespace elbow::test {
namespace ELBOW_TEST_FILE {

std::string oracle_python() { return std::string(ELBOW_SOURCE_DIR) + "/.deps/oracle/bin/python"; }
std::string script(const std::string& name) {
  return std::string(ELBOW_SOURCE_DIR) + "/scripts/oracle/" + name;
}

class Oracle : public ::testing::Test {
 protected:
  void SetUp() override {
    ELBOW_NEEDS_PROGRAM();
    if (::access(oracle_python().c_str(), X_OK) != 0)
      GTEST_SKIP() << "no Python oracle: scripts/oracle_env makes it";
    const auto trained =
        elbow({"train",
               std::string(ELBOW_SOURCE_DIR) + "/configs/vae/fashion_mnist_grey.yaml",
               "trainer.epochs=1",
               "~trainer.early_stopping",
               "guide.posterior.network.hidden_sizes=[32]",
               "--threads",
               "1",
               "-o",
               folder_ / "run",
               "-q"},
              RunOptions{});
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
  }
  CliFolder folder_;
};

TEST_F(Oracle, PythonLoadsTheExportAndGetsWhatEncodeWrote) {
  const std::string images =
      std::string(ELBOW_SOURCE_DIR) + "/data/fashion_mnist_small/test-images-idx3-ubyte.gz";
  ASSERT_EQ(elbow({"export", folder_ / "run"}, RunOptions{}).exit_code, 0);
  ASSERT_EQ(
      elbow({"encode", folder_ / "run", "--input", images, "-o", folder_ / "z.npy"}, RunOptions{})
          .exit_code,
      0);
  const auto checked = run({oracle_python(),
                            script("export_check.py"),
                            folder_ / "run/export",
                            images,
                            folder_ / "z.npy"},
                           RunOptions{});
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
}

TEST_F(Oracle, TensorBoardReadsTheEventsOfAResumedRun) {
  ASSERT_EQ(elbow({"resume", folder_ / "run", "trainer.epochs=2", "-q"}, RunOptions{}).exit_code,
            0);
  const auto checked = run(
      {oracle_python(), script("tensorboard_check.py"), folder_ / "run/tensorboard"}, RunOptions{});
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
  EXPECT_NE(checked.out.find("train/elbo"), std::string::npos);
  EXPECT_NE(checked.out.find("valid/elbo"), std::string::npos);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::test
