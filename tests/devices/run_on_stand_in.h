#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "cli/e2e_support.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/probability/distributions/reference_operators.h"
#include "support/stand_in/device.h"
#include "support/stand_in/ledger.h"

namespace elbow::test {

/// The trainer's verbs in processes for which `--device cuda` means the stand-in.
class StandInCommands : public EndToEnd {
 protected:
  /// A verb of the trainer, without the kernels that only the CPU has.
  RunResult run(std::vector<std::string> words) {
    return in_a_process([words = std::move(words)]() mutable {
      words.insert(words.begin(), "elbow");
      std::vector<char*> arguments;
      for (std::string& word : words) arguments.push_back(word.data());
      const ReferenceOperators reference;
      return cli::trainer_main(static_cast<int>(arguments.size()), arguments.data());
    });
  }
  /// What it prints to standard output and how it ends. This process itself never meets the
  /// stand-in, nor a thread.
  RunResult in_a_process(std::function<int()> work) {
    RunOptions options;
    options.directory = folder_.path();
    options.program = [work = std::move(work)](int, char**) {
      stand_in::install();
      return work();
    };
    return test::run({"elbow"}, options);
  }
};

/// The largest difference of two files of tensors relative to the tensors' own size; 0: the same
/// bytes.
double largest_difference(const std::string& a, const std::string& b);

/// Every configuration that a device can fit; a sample of them unless ELBOW_STAND_IN=all.
std::vector<std::string> device_configurations();

}  // namespace elbow::test
