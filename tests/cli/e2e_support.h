#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/front_test_support.h"
#include "elbow/foundations/core/config_node.h"
#include "elbow/foundations/io/checkpoint_store.h"
#include "elbow/foundations/observe/tensorboard.h"

namespace elbow::test {

/// A VAE of some 2,500 parameters on 8 x 8 images: an epoch has 13 steps.
inline std::string tiny_config() {
  return R"(name: tiny
seed: 7
device: cpu
threads: 1
data: {type: synthetic_images, height: 8, width: 8, count: 200, validation_size: 30, test_size: 40, binarize: dynamic}
model:
  latent_size: 3
  likelihood: {type: bernoulli, network: {type: mlp, hidden_sizes: [16]}}
guide:
  posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [16]}}
trainer: {epochs: 2, batch_size: 16, log_every_steps: 5, images: {count: 4}}
)";
}

/// What an interruption cannot change in metrics.jsonl: all but the times.
inline std::vector<Json> timeless_records(const std::string& run) {
  std::vector<Json> out;
  for (const auto& line : lines_of(read_text(run + "/metrics.jsonl"))) {
    Json record = Json::parse(line);
    record.erase("seconds");
    record.erase("examples_per_second");
    out.push_back(std::move(record));
  }
  return out;
}

/// Every file below a folder with its bytes.
inline std::map<std::string, std::string> snapshot(const std::string& folder) {
  std::map<std::string, std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) out[entry.path().string()] = read_text(entry.path().string());
  return out;
}

/// Words that only the inside of a program says.
inline void expect_no_insides(const RunResult& result) {
  for (const char* word : {"std::",
                           "c10",
                           "at::",
                           "torch::",
                           "terminate",
                           "what()",
                           "Exception",
                           "basic_string",
                           "YAML::",
                           "nlohmann",
                           "internal",
                           "0x7f",
                           "\x1b"}) {
    EXPECT_THAT(result.out + result.err, ::testing::Not(::testing::HasSubstr(word)));
  }
  EXPECT_EQ(result.signal, 0) << result.err;
}

/// Whole commands of the built program in a folder of their own.
class EndToEnd : public ::testing::Test {
 protected:
  void SetUp() override {
    ELBOW_NEEDS_PROGRAM();
    const auto trainer =
        std::filesystem::path(elbow_binary()).parent_path() / "libexec/elbow/trainer";
    if (!std::filesystem::exists(trainer)) GTEST_SKIP() << "not built: " << trainer;
    folder_.write("tiny.yaml", tiny_config());
  }

  RunResult run(std::vector<std::string> words, RunOptions options = {}) {
    options.directory = folder_.path();
    options.unset.push_back("FORCE_COLOR");
    return elbow(std::move(words), options);
  }
  /// `train tiny.yaml -o NAME` and more words; must succeed.
  void train(const std::string& name, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"train", "tiny.yaml", "-o", name, "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    const auto result = run(words);
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  io::CheckpointStore store(const std::string& name) const {
    return io::CheckpointStore(folder_ / (name + "/checkpoints"));
  }
  /// A file of the newest checkpoint.
  std::string newest(const std::string& name, const std::string& file = "model.safetensors") const {
    const auto all = store(name).names();
    return all.empty() ? "" : read_text(store(name).directory() + "/" + all.back() + "/" + file);
  }
  Json run_json(const std::string& name) const {
    return Json::parse(read_text(folder_ / (name + "/run.json")));
  }
  /// The end of two runs: the same step and the same bytes.
  void expect_same_end(const std::string& a, const std::string& b) const {
    ASSERT_FALSE(store(a).names().empty());
    ASSERT_FALSE(store(b).names().empty());
    EXPECT_EQ(store(a).names().back(), store(b).names().back());
    for (const char* file : {"model.safetensors", "optimizer.safetensors", "rng.safetensors"})
      EXPECT_TRUE(newest(a, file) == newest(b, file)) << file << " of " << a << " and " << b;
  }
  /// Exit 2, one message with these parts, nothing of the program's inside.
  void expect_refused(const std::vector<std::string>& words,
                      const std::vector<std::string>& parts) {
    const auto result = run(words);
    std::string command;
    for (const auto& word : words) command += word + " ";
    EXPECT_EQ(result.exit_code, 2) << command << "\n" << result.err;
    EXPECT_EQ(result.out, "") << command;
    for (const auto& part : parts) EXPECT_THAT(result.err, ::testing::HasSubstr(part)) << command;
    expect_no_insides(result);
  }

  CliFolder folder_;
};

}  // namespace elbow::test
