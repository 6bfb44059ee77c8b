// Shipped configurations on the stand-in accelerator: what a CUDA device would refuse is refused
// there, what would make the host wait is counted, and what comes out is what the CPU gives.
#include <ATen/Context.h>

#include <fstream>

#include "devices/run_on_stand_in.h"
#include "elbow/data/device/cuda_plugin.h"
#include "elbow/data/device/device.h"
#include "elbow/foundations/config/loader.h"
#include "elbow/inference/methods/experiment.h"
#include "elbow/runs/train/full_schema.h"
#include "elbow/runs/train/trainer_options.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using stand_in::ledger;
using ::testing::HasSubstr;

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
  /// Each verb in both places: the same end, and files of the same bytes.
  void expect_same_of_verbs(const std::vector<std::vector<std::string>>& verbs) {
    int num_done = 0;
    for (const auto& verb : verbs) {
      test::RunResult results[2];
      for (const int i : {0, 1}) {
        std::vector<std::string> words = verb;
        for (std::string& word : words)
          if (const auto at = word.find("RUN");
              at != std::string::npos)  // each reads its own files
            word.replace(at, 3, i == 0 ? "cpu" : "device");
        words.insert(words.end(), {"--device", i == 0 ? "cpu" : "cuda"});
        results[i] = run(words);
      }
      EXPECT_EQ(results[0].exit_code, results[1].exit_code) << verb[0] << "\n"
                                                            << exit_of(results[0]) << "\n"
                                                            << exit_of(results[1]);
      num_done += results[0].exit_code == 0 ? 1 : 0;
    }
    // What predicts a response from inputs takes none of these.
    if (GetParam().find("/regression/") == std::string::npos) {
      EXPECT_GE(num_done, 1);
    }
    if (test::is_real_device()) return;
    for (const char* file : {".s.npy", ".z.npy", ".r.png", ".p.csv", "/export/model.safetensors"})
      EXPECT_TRUE(test::read_text(folder_ / ("cpu" + std::string(file))) ==
                  test::read_text(folder_ / ("device" + std::string(file))))
          << file;
  }
  /// Numbers that are sums over tiles, whose size is another on a device.
  static void expect_near(const Json& a, const Json& b, const std::string& where) {
    if (where.find("seconds") != std::string::npos) return;
    ASSERT_TRUE(a.type() == b.type() || (a.is_number() && b.is_number())) << where << a << b;
    if (a.is_structured()) {
      ASSERT_EQ(a.size(), b.size()) << where;
      for (const auto& [key, value] : a.items()) {
        const Json* other = nullptr;
        if (a.is_array())
          other = &b.at(static_cast<std::size_t>(std::stoul(key)));
        else if (b.contains(key))
          other = &b.at(key);
        ASSERT_NE(other, nullptr) << where << "." << key;
        expect_near(value, *other, where + "." + key);
      }
    } else if (a.is_number()) {
      const double tolerance = test::is_real_device() ? 0.02 : 1e-6;
      EXPECT_NEAR(
          a.get<double>(), b.get<double>(), tolerance * std::max(1.0, std::abs(a.get<double>())))
          << where;
    }
  }
  void expect_same_weights(const std::string& a, const std::string& b) const {
    const std::string first = newest(a), second = newest(b);
    ASSERT_FALSE(first.empty());
    if (first == second) return;
    const double difference = test::largest_difference(first, second);
    // A GPU rounds otherwise, and Adam's first steps are of the size of the rate whatever the
    // gradient.
    EXPECT_LE(difference, test::is_real_device() ? 0.02 : 0.0) << a << " and " << b;
  }
  /// Of the run, on a device; what was written.
  Json evaluation(const std::string& run_name, const std::string& device) {
    const std::string config = test::read_text(folder_ / (run_name + "/config.yaml"));
    std::vector<std::string> words{"eval", run_name, "--limit", "16", "--device", device};
    if (config.find("type: density") == std::string::npos)
      words.insert(words.end(), {"--particles", "20"});
    const auto eval = run(words);
    EXPECT_EQ(eval.exit_code, 0) << eval.err;
    if (eval.exit_code != 0) return nullptr;
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
  const Json numbers = evaluation("cpu", "cpu");
  EXPECT_TRUE(numbers.is_object());
  expect_near(numbers, evaluation("device", "cuda"), "eval");
  expect_same_of_verbs({{"sample", "RUN", "-n", "3", "-o", "RUN.s.npy"},
                        {"encode", "RUN", "--input", "RUN.s.npy", "-o", "RUN.z.npy"},
                        {"reconstruct", "RUN", "-n", "2", "-o", "RUN.r.png"},
                        {"predict", "RUN", "--input", "RUN.s.npy", "-o", "RUN.p.csv"},
                        {"export", "RUN"}});
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
    if (step == 3) {
      before = ledger().waits();
      cuda_plugin()->refuse_waits(test::is_real_device());
    }
    std::vector<std::int64_t> rows;
    for (std::int64_t i = 0; i < count; ++i) rows.push_back((step * count + i) % size);
    const MicroBatches batch({rows},
                             [&](const auto& which) { return data.batch("train", which, 1); });
    experiment.inference->step(batch, options.clock_at(step, size));
  }
  cuda_plugin()->refuse_waits(false);
  return stand_in::difference(ledger().waits(), before);
}

class StepOnDevice : public OnDevice {};

TEST_P(StepOnDevice, NoStepMakesTheHostWait) {
  EXPECT_EQ(found([file = GetParam()] { return waits_of_steps(file, {}).dump(); }), "{}");
}

/// A training through the trainer itself: what the host waited for in it.
class TrainingOnDevice : public test::StandInCommands {
 protected:
  std::string waits_of(const std::string& steps) {
    return found([steps, file = folder_ / "tiny.yaml", run = folder_ / ("run" + steps)] {
      std::vector<std::string> words{"elbow",
                                     "train",
                                     file,
                                     "device=cuda",
                                     "~trainer.epochs",
                                     "++trainer.steps=" + steps,
                                     "trainer.log_every_steps=1000",
                                     "++trainer.ema={decay: 0.9}",
                                     "optimizer={type: adam, clip_norm: 1.0}",
                                     "-q",
                                     "-o",
                                     run};
      std::vector<char*> arguments;
      for (std::string& word : words) arguments.push_back(word.data());
      const int code = cli::trainer_main(static_cast<int>(arguments.size()), arguments.data());
      return std::to_string(code) + " " + Json(ledger().waits()).dump();
    });
  }
};

// What lies between the steps of a training is the trainer's: sums, flags, averages, the rows of
// the next batch.
TEST_F(TrainingOnDevice, FurtherStepsMakeTheHostWaitForNothing) {
  if (test::is_real_device()) GTEST_SKIP() << "the stand-in counts, a CUDA device does not";
  const std::string few = waits_of("4"), more = waits_of("9");
  EXPECT_EQ(few.substr(0, 2), "0 ") << few;
  EXPECT_EQ(few, more);
}

TEST_F(TrainingOnDevice, ClosedFormsRefuseADevice) {
  const std::string config = std::string(ELBOW_SOURCE_DIR) + "/configs/classical/k_means.yaml";
  const auto refused = run({"train", config, "--stand-in", "--device", "cuda", "-q", "-o", "a"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("runs on the CPU"));
  EXPECT_EQ(run({"train", config, "--stand-in", "-q", "-o", "b"}).exit_code, 0);
  const auto evaluated = run({"eval", "b", "--device", "cuda"});
  EXPECT_EQ(evaluated.exit_code, 2);
  EXPECT_THAT(evaluated.err, HasSubstr("runs on the CPU"));
}

// What was asked for stays, and holds where a device is found.
TEST_F(TrainingOnDevice, AGraphThatWasAskedForOnTheCpuIsCapturedOnADevice) {
  const auto here = run({"train", "tiny.yaml", "engine=graph", "-o", "run"});
  EXPECT_EQ(here.exit_code, 0) << here.err;
  EXPECT_THAT(here.err, HasSubstr("engine: graph needs a CUDA device"));
  EXPECT_EQ(run_json("run").at("engine").at("name"), "autograd");
  const auto there = run({"resume", "run", "trainer.epochs=3", "--device", "cuda", "-q"});
  EXPECT_EQ(there.exit_code, 0) << there.err;
  EXPECT_EQ(run_json("run").at("engine").at("name"), "graph") << run_json("run").at("engine");
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

std::string name_of(const ::testing::TestParamInfo<std::string>& one) {
  return std::filesystem::path(one.param).stem().string();
}

INSTANTIATE_TEST_SUITE_P(All,
                         OnDevice,
                         ::testing::ValuesIn(test::device_configurations(test::Sample::small)),
                         name_of);
INSTANTIATE_TEST_SUITE_P(All,
                         StepOnDevice,
                         ::testing::ValuesIn(test::device_configurations(test::Sample::larger)),
                         name_of);

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
