// Every verb for machines: JSON lines and nothing else on standard output, no escape bytes, help.
#include "cli/e2e_support.h"
#include "elbow/data/sources/formats.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using ::testing::Not;

class Machine : public test::EndToEnd {
 protected:
  /// The events of a command with --json; each line must be one.
  std::vector<std::string> events(std::vector<std::string> words, int expected_code = 0) {
    words.push_back("--json");
    const auto result = run(words);
    EXPECT_EQ(result.exit_code, expected_code) << words[0] << ": " << result.err;
    EXPECT_THAT(result.out + result.err, Not(HasSubstr("\x1b"))) << words[0];
    EXPECT_THAT(result.out + result.err, Not(HasSubstr("\r"))) << words[0];
    std::vector<std::string> out;
    for (const auto& line : test::lines_of(result.out)) {
      const Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (!event.is_object() || event.value("schema", 0) != 1 || !event.contains("event")) {
        ADD_FAILURE() << words[0] << " printed no event: " << line;
        continue;
      }
      out.push_back(event.at("event").get<std::string>());
    }
    EXPECT_FALSE(out.empty()) << words[0];
    return out;
  }
};

TEST_F(Machine, EveryVerbPrintsEventsOnly) {
  const auto training = events({"train", "tiny.yaml", "-o", "runs/one"});
  EXPECT_EQ(std::count(training.begin(), training.end(), "metrics"),
            static_cast<std::ptrdiff_t>(test::timeless_records(folder_ / "runs/one").size()));
  EXPECT_EQ(training.back(), "completed");
  EXPECT_EQ(events({"resume", "runs/one", "trainer.epochs=3"}).back(), "completed");
  EXPECT_EQ(events({"eval", "runs/one", "--particles", "2"}),
            std::vector<std::string>{"evaluation"});
  const std::vector<std::string> written{"written"};
  EXPECT_EQ(events({"sample", "runs/one", "-n", "2"}), written);
  EXPECT_EQ(events({"reconstruct", "runs/one", "-n", "2"}), written);
  EXPECT_EQ(events({"traverse", "runs/one"}), written);
  data::Array images;
  images.shape = {2, 8, 8};
  images.bytes.assign(128, 0);
  folder_.write("own.npy", data::encode_npy(images));
  EXPECT_EQ(events({"encode", "runs/one", "--input", "own.npy", "-o", "z.npy"}), written);
  EXPECT_EQ(events({"export", "runs/one"}), std::vector<std::string>{"exported"});
  for (const auto& words : std::vector<std::vector<std::string>>{{"report", "runs/one"},
                                                                 {"list"},
                                                                 {"list", "network"},
                                                                 {"describe", "network", "mlp"},
                                                                 {"schema"},
                                                                 {"schema", "trainer"},
                                                                 {"validate", "tiny.yaml"},
                                                                 {"init"},
                                                                 {"runs"},
                                                                 {"info", "runs/one"},
                                                                 {"info", "own.npy"},
                                                                 {"data", "info", "own.npy"},
                                                                 {"doctor"},
                                                                 {"help"},
                                                                 {"completion", "bash"},
                                                                 {"version"}})
    events(words);
}

TEST_F(Machine, DryRunsPrintEventsAndWriteNothing) {
  train("run");
  data::Array images;
  images.shape = {2, 8, 8};
  images.bytes.assign(128, 0);
  folder_.write("own.npy", data::encode_npy(images));
  const auto before = test::snapshot(folder_.path());
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"train", "tiny.yaml", "-o", "new"},
                                             {"resume", "run", "trainer.epochs=3"},
                                             {"eval", "run"},
                                             {"sample", "run"},
                                             {"reconstruct", "run"},
                                             {"traverse", "run"},
                                             {"encode", "run", "--input", "own.npy", "-o", "z.npy"},
                                             {"export", "run"},
                                             {"report", "run"}}) {
    auto dry = words;
    dry.push_back("--dry-run");
    for (const auto& event : events(dry)) EXPECT_EQ(event, "dry_run") << words[0];
  }
  EXPECT_EQ(test::snapshot(folder_.path()), before);
}

TEST_F(Machine, FailuresAreEventsToo) {
  const std::vector<std::string> error{"error"};
  EXPECT_EQ(events({"train", "tiny.yaml", "model.latent_size=0"}, 2), error);
  EXPECT_EQ(events({"train", "tiny.yaml", "model.latent_size=0", "seed=x"}, 2),
            (std::vector<std::string>{"error", "error"}));
  // Found by the trainer, after the front end has let it pass.
  EXPECT_EQ(events({"train", "tiny.yaml", "data.height=1000000", "data.width=1000000"}, 2), error);
  EXPECT_EQ(events({"eval", "nowhere"}, 2), error);
  EXPECT_EQ(events({"trian"}, 2), error);
  const auto stopped = events({"train", "tiny.yaml", "-o", "run", "--max-time", "0.001s"}, 75);
  EXPECT_EQ(stopped.back(), "stopped");
}

TEST_F(Machine, EveryVerbHasHelpAndAnUnknownFlagIsTwo) {
  for (const char* verb :
       {"train",  "resume", "eval",   "sample", "reconstruct", "traverse",  "encode",
        "export", "bench",  "report", "list",   "describe",    "schema",    "validate",
        "init",   "info",   "runs",   "data",   "doctor",      "completion"}) {
    const auto help = run({verb, "--help"});
    EXPECT_EQ(help.exit_code, 0) << verb << help.err;
    EXPECT_THAT(help.out, HasSubstr(std::string("usage: elbow ") + verb)) << verb;
    EXPECT_EQ(help.err, "") << verb;
    EXPECT_EQ(run({"help", verb}).out, help.out) << verb;
    const auto wrong = run({verb, "--no-such-flag"});
    EXPECT_EQ(wrong.exit_code, 2) << verb;
    EXPECT_THAT(wrong.err, HasSubstr("--no-such-flag")) << verb;
    test::expect_no_insides(wrong);
  }
}

TEST_F(Machine, PlainLinesLeaveForAFile) {
  const auto result = run({"train", "tiny.yaml", "-o", "run", "trainer.epochs=1"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out + result.err + test::read_text(folder_ / "run/train.log"),
              ::testing::AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\r"))));
  EXPECT_THAT(result.out, HasSubstr("run\nbest validation ELBO"));
  EXPECT_THAT(result.err, HasSubstr("next: elbow eval run"));
  const auto quiet = run({"train", "tiny.yaml", "-o", "quiet", "trainer.epochs=1", "-q"});
  // Warnings alone: thirteen steps are too few for these latents, which the verdict says.
  for (const auto& line : test::lines_of(quiet.err))
    EXPECT_EQ(line.compare(0, 9, "warning: "), 0) << line;
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
