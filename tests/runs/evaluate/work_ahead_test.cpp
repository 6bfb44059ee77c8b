// Counts that would take all memory or run for ever are refused in words.
#include "elbow/runs/evaluate/work_ahead.h"

#include <ATen/ops/empty.h>
#include <c10/core/CPUAllocator.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/room.h"
#include "elbow/runs/evaluate/diagnosis.h"
#include "elbow/runs/train/memory_guard.h"
#include "runs/evaluate/finished_run.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using testing::finished_run;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

constexpr std::int64_t kMany = 1'000'000'000'000;

std::string refusal_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const UsageError& error) {
    return std::string(error.what()) + " | " + error.help();
  }
  return "";
}

std::string refused_evaluation(TrainedRun& run, const ImportanceOptions& importance) {
  EvaluationOptions options;
  options.importance = importance;
  return refusal_of([&] { evaluate_run(run, options); });
}

TEST(WorkAhead, IsSaidInUnitsThatPeopleUse) {
  EXPECT_EQ(rough_time(90), "90 seconds");
  EXPECT_EQ(rough_time(720), "12 minutes");
  EXPECT_EQ(rough_time(5 * 3600), "5 hours");
  EXPECT_EQ(rough_time(1e12), "31688 years");
  EXPECT_NO_THROW(announce_work(86400, "one draw"));
  EXPECT_THROW(announce_work(31 * 86400.0, "one draw"), UsageError);
}

// 3e13 draws at less than 1e7 draws a second take more than 30 days: a tile of 256 of them is some
// hundred operators of LibTorch, each some microseconds. Old code drew them in silence.
TEST(WorkAhead, DrawsThatNobodyWaitsForAreRefused) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, testing::kTinyConfig);
  ImportanceOptions options;
  options.particles = kMany;
  EXPECT_THAT(refused_evaluation(run, options),
              AllOf(HasSubstr("--particles: 1000000000000 draws for each of 30 examples"),
                    HasSubstr("less than 30 days"),
                    HasSubstr("ask for fewer")));
  options.particles = 4;
  options.refinement.steps = kMany;
  EXPECT_THAT(refused_evaluation(run, options), HasSubstr("--refine-steps: 1000000000000 steps"));
  DiagnosisOptions diagnosis;
  diagnosis.wants_posterior = false;
  diagnosis.gradients.estimators = "pathwise";
  diagnosis.gradients.num_particles = {1};
  diagnosis.gradients.draws = kMany;
  EXPECT_THAT(refusal_of([&] { diagnose_run(run, diagnosis); }),
              HasSubstr("gradients of pathwise at K = 1"));
}

// 1e10 draws of the masks, and a density of each for 20 examples in float64: 1.6 TB and more.
TEST(WorkAhead, DrawsThatAreHeldTogetherMustFit) {
  const TemporaryFolder folder;
  TrainedRun run = finished_run(folder, R"(
name: net
device: cpu
threads: 1
data: {type: synthetic_regression, features: 3, train_size: 60, test_size: 20}
model: {type: dropout_regression, hidden_sizes: [5]}
trainer: {epochs: 1, batch_size: 20}
)");
  ImportanceOptions options;
  options.particles = 10'000'000'000;
  EXPECT_THAT(refused_evaluation(run, options),
              AllOf(HasSubstr("--particles: 10000000000 draws"), HasSubstr("are available")));
}

// The kernel promises what it does not have: such a tensor was made, and the process killed when it
// was filled.
TEST(MemoryGuard, RefusesATensorThatDoesNotFit) {
  const auto free = io::free_memory();
  if (!free) GTEST_SKIP() << "this system does not say how much memory is left";
  c10::Allocator* const before = c10::GetCPUAllocator();
  guard_memory();
  const std::int64_t too_many = static_cast<std::int64_t>(*free / 4 + *free / 16);  // floats
  EXPECT_THAT(refusal_of([&] { at::empty({too_many}, at::kFloat); }),
              AllOf(HasSubstr("a single tensor"), HasSubstr("trainer.batch_size")));
  EXPECT_EQ(at::empty({1 << 20}, at::kFloat).numel(), 1 << 20);
  c10::SetCPUAllocator(before);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
