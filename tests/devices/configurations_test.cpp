// Shipped configurations on the stand-in accelerator: what a CUDA device would refuse is refused
// there, what would make the host wait is counted, and what comes out is what the CPU gives.
#include <ATen/Context.h>

#include <fstream>

#include "devices/run_on_stand_in.h"
#include "elbow/data/device/device.h"
#include "elbow/foundations/config/loader.h"
#include "elbow/inference/methods/experiment.h"
#include "elbow/runs/train/full_schema.h"
#include "elbow/runs/train/trainer_options.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using stand_in::ledger;
using ::testing::HasSubstr;

/// Where CPU and stand-in need not agree to the bit, with the operators that differ.
bool has_other_operators(const std::string& /*name*/) { return false; }

class OnDevice : public test::StandInCommands, public ::testing::WithParamInterface<std::string> {
 protected:
  std::string name() const { return std::filesystem::path(GetParam()).stem().string(); }
  auto train(const std::string& name,
             const std::string& device,
             std::vector<std::string> more = {}) {
    std::vector<std::string> words{
        "train", GetParam(), "--stand-in", "--threads", "1", "--device", device, "-q", "-o", name};
    if (test::read_text(GetParam()).find("epochs:") != std::string::npos)
      words.push_back("~trainer.epochs");
    words.push_back("++trainer.steps=3");
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
  void expect_same_weights(const std::string& a, const std::string& b) const {
    const std::string first = newest(a), second = newest(b);
    ASSERT_FALSE(first.empty());
    if (first == second) return;
    const double difference = test::largest_difference(first, second);
    if (has_other_operators(name()))
      EXPECT_LE(difference, 1e-6) << a << " and " << b;
    else
      ADD_FAILURE() << a << " and " << b << " differ by " << difference;
  }
  Json evaluation(const std::string& run_name) {
    const auto eval = run({"eval", run_name, "--limit", "16", "--particles", "4"});
    if (eval.exit_code != 0) {
      const auto plain = run({"eval", run_name, "--limit", "16"});
      EXPECT_EQ(plain.exit_code, 0) << plain.err;
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / (run_name + "/eval")))
      if (entry.path().extension() == ".json")
        return Json::parse(test::read_text(entry.path().string()));
    return nullptr;
  }
  static std::string exit_of(const test::RunResult& result) {
    return std::to_string(result.exit_code) + ": " + result.err;
  }
};

// Three steps, then every verb, in both places; then each goes on from the other's checkpoint.
TEST_P(OnDevice, DoesWhatTheCpuDoes) {
  const auto here = train("cpu", "cpu"), there = train("device", "cuda");
  ASSERT_EQ(here.exit_code, 0) << here.err;
  ASSERT_EQ(there.exit_code, 0) << there.err;
  expect_same_weights("cpu", "device");
  const std::vector<std::vector<std::string>> verbs{
      {"sample", "RUN", "-n", "3", "-o", "RUN.s.npy"},
      {"encode", "RUN", "-o", "RUN.z.npy", "--limit", "8"},
      {"export", "RUN"}};
  for (const auto& verb : verbs) {
    test::RunResult results[2];
    for (const int i : {0, 1}) {
      std::vector<std::string> words = verb;
      for (std::string& word : words)
        if (const auto at = word.find("RUN"); at != std::string::npos)
          word.replace(at, 3, i == 0 ? "cpu" : "device");
      words.insert(words.end(), {"--device", i == 0 ? "cpu" : "cuda"});
      results[i] = run(words);
    }
    EXPECT_EQ(results[0].exit_code, results[1].exit_code) << exit_of(results[0]) << "\n"
                                                          << exit_of(results[1]);
  }
  for (const char* file : {".s.npy", ".z.npy"})
    EXPECT_TRUE(test::read_text(folder_ / ("cpu" + std::string(file))) ==
                test::read_text(folder_ / ("device" + std::string(file))))
        << file;
  // Each goes on from the other's checkpoint.
  std::filesystem::copy(
      folder_ / "cpu", folder_ / "cpu_device", std::filesystem::copy_options::recursive);
  std::filesystem::copy(
      folder_ / "device", folder_ / "device_cpu", std::filesystem::copy_options::recursive);
  for (const auto& [name, device] :
       {std::pair("cpu", "cpu"), std::pair("cpu_device", "cuda"), std::pair("device_cpu", "cpu")}) {
    const auto resumed = run({"resume", name, "trainer.steps=5", "-q", "--device", device});
    EXPECT_EQ(resumed.exit_code, 0) << name << resumed.err;
  }
  expect_same_weights("cpu", "cpu_device");
  expect_same_weights("cpu", "device_cpu");
}

/// Steps as a trainer takes them. @return what the host waited for in the last three
Json waits_of_steps(const std::string& file, const std::vector<std::string>& overrides) {
  const ResolvedConfig config = load_config(file, overrides, full_schema());
  const ConfigNode node(config.value);
  const at::Device device = choose_device("cuda").device;
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
  const Experiment experiment = build_experiment(node, /*use_stand_in=*/true, device);
  const TrainerOptions options = TrainerOptions::from(node);
  const Dataset& data = *experiment.dataset;
  const std::int64_t size = data.size("train"),
                     count = options.batch_size == 0 ? size : std::min(options.batch_size, size);
  std::map<std::string, std::int64_t> before;
  for (std::int64_t step = 0; step < 6; ++step) {
    if (step == 3) before = ledger().waits();
    std::vector<std::int64_t> rows;
    for (std::int64_t i = 0; i < count; ++i) rows.push_back((step * count + i) % size);
    const MicroBatches batch({rows},
                             [&](const auto& which) { return data.batch("train", which, 1); });
    experiment.inference->step(batch, options.clock_at(step, size));
  }
  return stand_in::difference(ledger().waits(), before);
}

TEST_P(OnDevice, NoStepMakesTheHostWait) {
  const auto done = in_a_process([file = GetParam()] {
    try {
      std::ofstream("waits.json") << waits_of_steps(file, {}).dump();
    } catch (const std::exception& error) {
      std::ofstream("waits.json") << error.what();
    }
    return 0;
  });
  EXPECT_EQ(test::read_text(folder_ / "waits.json"), "{}") << done.err;
}

// A step that was captured and replayed is the step itself: no number of the host is frozen in it,
// no address moves.
TEST_P(OnDevice, ACapturedStepIsTheStep) {
  const auto eager = train("eager", "cuda", {"trainer.steps=8"});
  const auto graph = train("graph", "cuda", {"trainer.steps=8", "engine=graph"});
  ASSERT_EQ(eager.exit_code, 0) << eager.err;
  ASSERT_EQ(graph.exit_code, 0) << graph.err;
  EXPECT_TRUE(newest("eager") == newest("graph"));
  EXPECT_EQ(run_json("graph").at("engine").at("name"), "graph")
      << run_json("graph").at("engine") << graph.err;
}

INSTANTIATE_TEST_SUITE_P(All,
                         OnDevice,
                         ::testing::ValuesIn(test::device_configurations()),
                         [](const auto& one) {
                           return std::filesystem::path(one.param).stem().string();
                         });

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
