#pragma once

#include <algorithm>
#include <cstdlib>
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

/// Whether `--device cuda` means a CUDA device of this machine (ELBOW_TEST_DEVICE=cuda), and not
/// the stand-in.
inline bool is_real_device() {
  const char* wanted = std::getenv("ELBOW_TEST_DEVICE");
  return wanted != nullptr && std::string(wanted) == "cuda";
}

/// The trainer's verbs in processes for which `--device cuda` means the stand-in, or a CUDA device
/// where that is wanted.
class StandInCommands : public EndToEnd {
 protected:
  /// A verb of the trainer, without the kernels and the noise that only the CPU has.
  RunResult run(std::vector<std::string> words) {
    return in_a_process([words = std::move(words)]() mutable {
      words.insert(words.begin(), "elbow");
      std::vector<char*> arguments;
      for (std::string& word : words) arguments.push_back(word.data());
      const ReferenceOperators reference;
      const LibTorchNoise noise;
      return cli::trainer_main(static_cast<int>(arguments.size()), arguments.data());
    });
  }
  /// What somebody finds out in such a process.
  std::string found(const std::function<std::string()>& out) {
    in_a_process([&out] {
      std::string text;
      try {
        text = out();
      } catch (const std::exception& error) {
        text = error.what();
      }
      std::ofstream("found.txt") << text;
      return 0;
    });
    return read_text(folder_ / "found.txt");
  }
  /// This process itself never meets the device, nor a thread.
  RunResult in_a_process(std::function<int()> work) {
    RunOptions options;
    options.directory = folder_.path();
    options.program = [work = std::move(work)](int, char**) {
      if (!is_real_device()) stand_in::install();
      return work();
    };
    return test::run({"elbow"}, options);
  }
};

/// The largest difference of two files of tensors relative to the tensors' own size; 0: the same
/// bytes.
double largest_difference(const std::string& a, const std::string& b);

/// Every configuration that a device can fit; a sample of them unless ELBOW_STAND_IN=all.
enum class Sample { small, larger };
std::vector<std::string> device_configurations(Sample sample);

}  // namespace elbow::test
