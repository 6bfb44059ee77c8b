// What elbow writes, read by the libraries that its users have: Python's torch and safetensors, and
// TensorBoard.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

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

/// What needs Python's torch but no common run.
class ExportOracle : public ::testing::Test {
 protected:
  void SetUp() override {
    ELBOW_NEEDS_PROGRAM();
    if (::access(oracle_python().c_str(), X_OK) != 0)
      GTEST_SKIP() << "no Python oracle: scripts/oracle_env makes it";
  }
  /// 200 rows of three columns that are neither centred nor normal.
  void write_table() const {
    std::string text = "level,ratio,count\n";
    for (int i = 0; i < 200; ++i) {
      const double a = std::sin(0.7 * i), b = std::cos(1.3 * i + 1), c = std::sin(2.9 * i * i);
      char line[120];
      std::snprintf(line,
                    sizeof line,
                    "%.6f,%.8f,%.3f\n",
                    100 + 20 * (a + 0.3 * c),
                    std::exp(b + 0.5 * a) / 50,
                    7 * std::round(3 * a * b + c));
      text += line;
    }
    folder_.write("table.csv", text);
  }
  /// Grey images of 5 x 7 bytes, a different number for each split.
  void write_images() const {
    for (const auto& [split, count] : {std::pair{"train", 150}, {"test", 50}}) {
      std::string bytes{'\0', '\0', '\x08', '\x03', '\0', '\0', '\0', static_cast<char>(count)};
      bytes += std::string{'\0', '\0', '\0', '\5', '\0', '\0', '\0', '\7'};
      for (int i = 0; i < count * 35; ++i)
        bytes += static_cast<char>(i % 11 == 0 ? 0 : (i * 37 + i / 35 * 101 + count) % 256);
      folder_.write(std::string("images/") + split + "-images-idx3-ubyte", bytes);
    }
  }
  /// Trains, evaluates and exports; the four arguments that the script takes for it.
  std::vector<std::string> prepare(const std::string& name,
                                   const std::string& file,
                                   const std::vector<std::string>& overrides) {
    const std::string run_folder = folder_ / name;
    std::vector<std::string> train{"train", folder_ / "config.yaml"};
    train.insert(train.end(), overrides.begin(), overrides.end());
    train.insert(train.end(), {"-o", run_folder, "-q"});
    for (const auto& command :
         {train,
          {"eval", run_folder, "--per-example", run_folder + "/test.csv", "-q"},
          {"export", run_folder}}) {
      const auto done = elbow(command, RunOptions{});
      EXPECT_EQ(done.exit_code, 0) << name << ": " << command[0] << ": " << done.err;
    }
    return {run_folder + "/export",
            run_folder + "/eval/test.json",
            run_folder + "/test.csv",
            folder_ / file};
  }
  CliFolder folder_;
};

constexpr char kOracleConfig[] = R"(name: oracle
seed: 3
dtype: float64
device: cpu
threads: 1
data: {type: table, path: table.csv, standardize: true, validation_size: 20, test_size: 40}
model:
  latent_size: 3
  likelihood: {type: normal, scale: shared, network: {type: mlp, hidden_sizes: [8]}}
guide: {posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [8]}}}
optimizer: {type: adam, learning_rate: 0.01}
trainer: {epochs: 10, batch_size: 35}
)";

std::string family(const std::string& type, const std::string& more = "") {
  return "++guide.posterior={type: " + type + more + ", network: {type: mlp, hidden_sizes: [8]}}";
}

// The issue's script: it sees the export and the user's file and gets eval/test.json, by densities
// and draws of its own. Before, moments, keys, parameters and draws were not in the export. Of some
// 50 comparisons at four combined errors one fails by chance in 300 suites, with other seeds: these
// are fixed.
TEST_F(ExportOracle, AScriptGetsTheEvaluationFromTheExportAlone) {
  write_table();
  write_images();
  std::string config = kOracleConfig;
  config.replace(config.find("table.csv"), 9, folder_ / "table.csv");
  folder_.write("config.yaml", config);
  std::vector<std::string> command{oracle_python(), script("export_oracle.py")};
  const auto add = [&](const std::string& name,
                       const std::vector<std::string>& overrides,
                       const std::string& file = "table.csv") {
    for (auto& argument : prepare(name, file, overrides)) command.push_back(std::move(argument));
  };
  add("diag_normal", {"dtype=float32"});
  for (const char* type : {"full_rank_normal", "low_rank_normal", "mixture_normal", "logistic"})
    add(type, {family(type)});
  add("student_t", {family("student_t")});
  for (const char* type : {"laplace", "log_normal", "gamma", "beta", "dirichlet"})
    add(type, {family(type), std::string("++model.prior={type: ") + type + "}"});
  add("von_mises_fisher", {family("von_mises_fisher"), "++model.prior={type: uniform_sphere}"});
  add("full_rank_prior", {"++model.prior={type: full_rank_normal}"});
  add("planar", {"guide.flows=[{type: planar, count: 3}]"});
  add("planar_amortised", {"guide.flows=[{type: planar, count: 2, amortized: true}]"});
  add("iaf", {"guide.flows=[{type: iaf, count: 2, context_size: 3, hidden_sizes: [6]}]"});
  add("static_bits",
      {"dtype=float32",
       "++data={type: idx, path: '" + (folder_ / "images") + "', binarize: static}",
       "++model.likelihood={type: bernoulli, network: {type: mlp, hidden_sizes: [8]}}"},
      "images/test-images-idx3-ubyte");
  const auto checked = run(command, RunOptions{});
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

TEST_F(ExportOracle, ArvizReadsDrawsAsCmdStansAndAgreesOnThem) {
  const std::string config = folder_ / "hmc.yaml";
  folder_.write("hmc.yaml",
                "name: hmc\ndtype: float64\n"
                "data: {type: none, train_size: 1, validation_size: 0, test_size: 1}\n"
                "model: {type: target, target: {type: eight_schools}}\n"
                "inference: {type: hmc, num_chains: 3, num_warmup: 100, num_draws: 100}\n");
  ASSERT_EQ(elbow({"train", config, "-q", "-o", folder_ / "hmc"}, RunOptions{}).exit_code, 0);
  ASSERT_EQ(
      elbow({"sample", folder_ / "hmc", "--posterior", "-o", folder_ / "draws.csv"}, RunOptions{})
          .exit_code,
      0);
  const auto summary = elbow({"summary", folder_ / "hmc", "--json"}, RunOptions{});
  folder_.write("summary.json", summary.out);
  const auto checked = run({"/bin/sh",
                            "-c",
                            "\"$0\" \"$1\" \"$2\"/draws_?.csv < \"$2\"/summary.json",
                            oracle_python(),
                            script("arviz_check.py"),
                            folder_ / "."},
                           RunOptions{});
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  EXPECT_NE(checked.out.find("55 numbers agree"), std::string::npos) << checked.out;
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::test
