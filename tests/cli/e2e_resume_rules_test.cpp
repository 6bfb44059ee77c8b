// What a resume may change, and what else begins from an earlier run.
#include "cli/e2e_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

class ResumeRules : public test::EndToEnd {};

TEST_F(ResumeRules, AChangeOfTheResultIsRefusedWithTheDifferenceAndChangesNothing) {
  train("run");
  const auto before = test::snapshot(folder_ / "run");
  const auto refuse = [&](const std::string& change, const std::string& difference) {
    expect_refused({"resume", "run", change}, {"\n  " + difference, "--allow-change"});
    expect_refused({"resume", "run", change, "--dry-run"}, {"\n  " + difference});
  };
  refuse("trainer.batch_size=8", "trainer.batch_size: 16 -> 8");
  refuse("model.latent_size=4", "model.latent_size: 3 -> 4");
  expect_refused({"resume", "run", "--seed", "9"}, {"\n  seed: 7 -> 9"});
  // What may change beside what may not: only the latter is shown.
  const auto result = run({"resume", "run", "trainer.epochs=5", "objective.num_particles=2"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("objective.num_particles: 1 -> 2"));
  EXPECT_THAT(result.err, ::testing::Not(HasSubstr("trainer.epochs: ")));
  EXPECT_EQ(test::snapshot(folder_ / "run"), before);
}

TEST_F(ResumeRules, TimesAndPlacesMayChange) {
  train("run");
  const auto result = run({"resume",
                           "run",
                           "trainer.epochs=3",
                           "trainer.checkpoint.keep=5",
                           "+trainer.checkpoint.every_steps=20",
                           "+trainer.max_time=1h",
                           "+trainer.early_stopping={patience: 50}",
                           "+trainer.evaluate_every_steps=7",
                           "device=cpu"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("trainer.epochs: 2 -> 3"));
  EXPECT_EQ(run_json("run").at("resumes").size(), 1u);
  const std::string config = test::read_text(folder_ / "run/config.yaml");
  EXPECT_THAT(config, ::testing::AllOf(HasSubstr("epochs: 3"), HasSubstr("keep: 5")));
}

TEST_F(ResumeRules, AllowChangeTakesWhatFits) {
  train("run");
  const auto result =
      run({"resume", "run", "trainer.epochs=3", "optimizer.learning_rate=0.01", "--allow-change"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  // Refused by its tensors, so that nothing of the run may have changed, and a dry run says so too.
  const auto before = test::snapshot(folder_ / "run");
  expect_refused({"resume", "run", "model.latent_size=4", "trainer.epochs=4", "--allow-change"},
                 {"tensor 'model.", "[16, 4]", "[16, 3]"});
  expect_refused({"resume", "run", "model.latent_size=4", "--allow-change", "--dry-run"},
                 {"expected"});
  EXPECT_TRUE(test::snapshot(folder_ / "run") == before);
}

TEST_F(ResumeRules, AFinishedRunGoesOnLikeALongerOne) {
  train("whole", {"trainer.epochs=4"});
  train("parts");
  EXPECT_EQ(run({"resume", "parts", "trainer.epochs=3"}).exit_code, 0);
  EXPECT_EQ(run({"resume", "parts", "trainer.epochs=4"}).exit_code, 0);
  expect_same_end("whole", "parts");
  EXPECT_EQ(test::timeless_records(folder_ / "whole"), test::timeless_records(folder_ / "parts"));
  const auto nothing = run({"resume", "parts"});
  EXPECT_EQ(nothing.exit_code, 0) << nothing.err;
  EXPECT_THAT(nothing.err, HasSubstr("trainer.epochs=N"));
  expect_same_end("whole", "parts");
}

TEST_F(ResumeRules, TheStoredConfigurationTrainsToTheSameBytes) {
  train("run");
  const auto again = run({"train", "run/config.yaml", "-o", "again", "-q"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  expect_same_end("run", "again");
  EXPECT_EQ(test::timeless_records(folder_ / "run"), test::timeless_records(folder_ / "again"));
}

TEST_F(ResumeRules, InitFromTakesTheWeightsOfTheSameArchitectureOnly) {
  train("run");
  // A rate this small leaves the weights where they came from, to float32's eye or nearly so.
  train("child", {"--init-from", "run", "optimizer.learning_rate=1e-30", "trainer.epochs=1"});
  const auto weights = [&](const std::string& name) {
    return store(name).load(store(name).best() ? "best" : "latest").files.at("model.safetensors");
  };
  EXPECT_TRUE(weights("child") == weights("run"));
  const auto before = folder_.num_entries();
  expect_refused({"train", "tiny.yaml", "--init-from", "run", "-o", "x", "model.latent_size=4"},
                 {"run/checkpoints/step-", "tensor 'model.", "expected [", "found ["});
  expect_refused({"train",
                  "tiny.yaml",
                  "--init-from",
                  "run",
                  "-o",
                  "x",
                  "guide.posterior.network.hidden_sizes=[16, 16]"},
                 {"tensor 'guide.", "hidden_1"});
  expect_refused({"train", "tiny.yaml", "--init-from", "nowhere", "-o", "x"}, {"nowhere"});
  EXPECT_EQ(folder_.num_entries(), before);
}

TEST_F(ResumeRules, OtherDataAreNoticed) {
  folder_.write("data.csv", "1,2\n2,1\n0,1\n1,1\n");
  folder_.write("table.yaml", R"(device: cpu
threads: 1
data: {type: table, path: data.csv}
model: {latent_size: 1, likelihood: {type: normal, network: {type: mlp, hidden_sizes: [3]}}}
guide: {posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [3]}}}
trainer: {epochs: 2, batch_size: 2}
)");
  ASSERT_EQ(run({"train", "table.yaml", "-o", "run", "-q"}).exit_code, 0);
  folder_.write("data.csv", "1,2\n2,1\n0,1\n1,3\n");
  expect_refused({"resume", "run", "trainer.epochs=3"}, {"the data differ", "--allow-change"});
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
