#pragma once

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/tiny_experiment.h"

namespace elbow::testing {

/// Every test ends with no stop asked for and one thread.
class TrainerFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    at::set_num_threads(1);
    signals::request_stop(0);
  }
  void TearDown() override { signals::request_stop(0); }
  TemporaryFolder folder_;
  std::string at(const std::string& name) const { return folder_.path() + "/" + name; }
};

inline std::string weights_of(const std::string& run) {
  return io::CheckpointStore(run + "/checkpoints").load("latest").files.at("model.safetensors");
}

}  // namespace elbow::testing
