// The parser of the command line: what is understood, and what every mistake says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/common/command_line.h"
#include "elbow/foundations/core/error.h"

namespace elbow::cli {
namespace ELBOW_TEST_FILE {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Words = std::vector<std::string>;

struct Mistake {
  std::string name;
  Words words;
  std::string message, help;  ///< parts of them
};

class CommandLineMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(CommandLineMistake, SaysWhatWasExpectedAndWhatCame) {
  try {
    parse_command_line(GetParam().words);
    FAIL() << "was accepted";
  } catch (const UsageError& error) {
    EXPECT_EQ(std::string(error.what()).rfind("command line: error: ", 0), 0u) << error.what();
    EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
    EXPECT_THAT(error.help(), HasSubstr(GetParam().help));
    EXPECT_EQ(error.exit_code(), kUserError);
  }
}

const std::vector<Mistake> kMistakes{
    {"UnknownVerb",
     {"trian", "a.yaml"},
     "unknown verb 'trian'; did you mean 'train'?",
     "elbow help"},
    {"SwappedVerb", {"smaple", "r"}, "did you mean 'sample'?", ""},
    {"FarVerb", {"qqqqqqqqqqqq"}, "unknown verb 'qqqqqqqqqqqq'", "elbow help"},
    {"ConfigAsVerb", {"vae.yaml"}, "unknown verb 'vae.yaml'", "elbow train vae.yaml"},
    {"UnknownFlag",
     {"eval", "r", "--particle", "5"},
     "eval: unknown flag --particle; did you mean '--particles'?",
     ""},
    {"FlagOfAnotherVerb",
     {"train", "c", "--particles", "5"},
     "unknown flag --particles",
     "is a flag of: eval"},
    {"KeyAsFlag",
     {"train", "c", "--trainer.epochs=5"},
     "unknown flag --trainer.epochs",
     "trainer.epochs=VALUE"},
    {"UnknownShortFlag", {"eval", "r", "-z"}, "unknown flag -z", "elbow help eval"},
    {"UnknownFlagBeforeVerb",
     {"--jsn", "list"},
     "unknown flag --jsn; did you mean '--json'?",
     "elbow help"},
    {"MissingValueAtEnd",
     {"train", "c", "--output"},
     "--output: a value is missing, expected DIR",
     "elbow help train"},
    {"MissingValueBeforeFlag", {"train", "c", "-o", "--json"}, "-o: a value is missing", ""},
    {"EmptyValue", {"train", "c", "--output="}, "--output: expected DIR, got nothing", ""},
    {"SwitchWithValue", {"train", "c", "--json=yes"}, "--json: takes no value, got 'yes'", ""},
    {"NotAnInteger",
     {"eval", "r", "--particles", "x"},
     "--particles: expected an integer >= 1, got 'x'",
     ""},
    {"Zero", {"eval", "r", "--particles", "0"}, "expected an integer >= 1, got '0'", ""},
    {"Negative", {"eval", "r", "--limit", "-5"}, "--limit: expected an integer >= 1, got '-5'", ""},
    {"Fraction", {"sample", "r", "-n", "1.5"}, "--count: expected an integer >= 1, got '1.5'", ""},
    {"TooLarge",
     {"eval", "r", "--limit", "99999999999999999999"},
     "an integer <= 1000000000000",
     ""},
    {"TooManyParticles",
     {"eval", "r", "--particles", "1000000000001"},
     "an integer <= 1000000000000",
     ""},
    {"TooManyThreads", {"eval", "r", "--threads", "1025"}, "an integer <= 1024", ""},
    {"TrailingText", {"eval", "r", "--limit=5k"}, "got '5k'", ""},
    {"OneStep", {"traverse", "r", "--steps", "1"}, "expected an integer >= 2, got '1'", ""},
    {"Threads",
     {"train", "c", "--threads", "many"},
     "--threads: expected auto or an integer >= 1, got 'many'",
     ""},
    {"NoThreads",
     {"train", "c", "--threads", "0"},
     "expected auto or an integer >= 1, got '0'",
     ""},
    {"NegativeSeed",
     {"train", "c", "--seed", "-1"},
     "--seed: expected an integer >= 0, got '-1'",
     ""},
    {"Device",
     {"train", "c", "--device", "gpu"},
     "--device: expected auto|cpu|cuda|cuda:N, got 'gpu'",
     ""},
    {"DeviceTypo", {"train", "c", "--device", "cdua"}, "did you mean 'cuda'?", ""},
    {"DeviceIndex", {"train", "c", "--device", "cuda:x"}, "got 'cuda:x'", ""},
    {"Split",
     {"eval", "r", "--split", "tets"},
     "expected train|valid|test, got 'tets'; did you mean 'test'?",
     ""},
    {"Weights", {"eval", "r", "--weights", "mean"}, "--weights: expected raw|ema, got 'mean'", ""},
    {"Checkpoint",
     {"eval", "r", "--checkpoint", "step-"},
     "expected best|latest|step-N, got 'step-'",
     ""},
    {"Duration",
     {"train", "c", "--max-time", "soon"},
     "expected a time such as 90s, 15m or 3h50m, got 'soon'",
     ""},
    {"Range", {"traverse", "r", "--range", "-3"}, "--range: expected a number > 0, got '-3'", ""},
    {"InfiniteRange", {"traverse", "r", "--range", "inf"}, "expected a number > 0, got 'inf'", ""},
    {"GivenTwice",
     {"train", "c", "--seed", "1", "--seed=2"},
     "--seed: given twice, '1' and '2'",
     ""},
    {"NoArgument",
     {"train"},
     "train: an argument is missing, expected CONFIG",
     "elbow train CONFIG"},
    {"OneOfTwo", {"data", "fetch"}, "data: an argument is missing", ""},
    {"TooMany", {"eval", "a", "b"}, "eval: unexpected argument 'b'", "elbow eval RUN"},
    {"TooManyForNone", {"doctor", "x"}, "doctor: unexpected argument 'x'", "elbow doctor"},
    {"NoOverride", {"train", "c", "epochs"}, "train: expected KEY=VALUE, got 'epochs'", "quotes"},
    {"RequiredFlag",
     {"encode", "r", "--input", "x.npy"},
     "encode: --output is missing",
     "elbow encode"},
    {"QuietAndVerbose", {"list", "-q", "-v"}, "contradict", ""},
    {"InputAndSplit", {"eval", "r", "--input", "x", "--split", "test"}, "contradict", ""},
};

INSTANTIATE_TEST_SUITE_P(Each,
                         CommandLineMistake,
                         ::testing::ValuesIn(kMistakes),
                         [](const auto& mistake) { return mistake.param.name; });

TEST(CommandLine, KeepsPositionalArgumentsInOrderBetweenFlags) {
  const auto line = parse_command_line(
      {"train", "--seed", "3", "a.yaml", "-o", "out", "x.y=1", "--json", "z.w=[1, 2]"});
  EXPECT_EQ(line.verb, "train");
  EXPECT_THAT(line.positional, ElementsAre("a.yaml", "x.y=1", "z.w=[1, 2]"));
  EXPECT_THAT(line.overrides(), ElementsAre("x.y=1", "z.w=[1, 2]"));
  EXPECT_EQ(line.text("output"), "out");
  EXPECT_EQ(line.integer("seed", 0, 0), 3);
  EXPECT_TRUE(line.has("json"));
}

TEST(CommandLine, OverridesMayAddAndDelete) {
  const auto line =
      parse_command_line({"train", "a.yaml", "+a.b=1", "++c.d=2", "~e.f", "g.h=-1e-3", "k="});
  EXPECT_THAT(line.overrides(), ElementsAre("+a.b=1", "++c.d=2", "~e.f", "g.h=-1e-3", "k="));
}

TEST(CommandLine, FlagsMayStandBeforeTheVerb) {
  const auto line = parse_command_line({"--json", "--device", "cuda:1", "list", "network"});
  EXPECT_EQ(line.verb, "list");
  EXPECT_THAT(line.positional, ElementsAre("network"));
  EXPECT_EQ(line.text("device"), "cuda:1");
}

TEST(CommandLine, ShortFlagsTakeTheirValueInThreeSpellings) {
  EXPECT_EQ(parse_command_line({"sample", "r", "-n", "9"}).integer("count", 64, 1), 9);
  EXPECT_EQ(parse_command_line({"sample", "r", "-n9"}).integer("count", 64, 1), 9);
  EXPECT_EQ(parse_command_line({"sample", "r", "-n=9"}).integer("count", 64, 1), 9);
  EXPECT_EQ(parse_command_line({"sample", "r", "--count=9"}).integer("count", 64, 1), 9);
}

TEST(CommandLine, ShortSwitchesMayBeJoined) {
  const auto line = parse_command_line({"sample", "r", "-qn7"});
  EXPECT_TRUE(line.has("quiet"));
  EXPECT_EQ(line.text("count"), "7");
}

TEST(CommandLine, TwoDashesEndTheFlags) {
  const auto line = parse_command_line({"info", "--", "--strange-name.npy"});
  EXPECT_THAT(line.positional, ElementsAre("--strange-name.npy"));
}

TEST(CommandLine, ValuesMayHoldEqualSigns) {
  EXPECT_EQ(parse_command_line({"data", "fetch", "mnist", "--mirror=http://h/?a=b"}).text("mirror"),
            "http://h/?a=b");
}

TEST(CommandLine, NothingMeansHelpAndVersionIsAVerbToo) {
  EXPECT_EQ(parse_command_line({}).verb, "help");
  EXPECT_EQ(parse_command_line({"-h"}).verb, "help");
  EXPECT_EQ(parse_command_line({"--version"}).verb, "version");
  EXPECT_EQ(parse_command_line({"train", "--version"}).verb, "version");
}

TEST(CommandLine, HelpWinsOverMissingArguments) {
  const auto line = parse_command_line({"train", "--help"});
  EXPECT_EQ(line.verb, "train");
  EXPECT_TRUE(line.has("help"));
}

TEST(CommandLine, RepeatedSwitchesSayNothingNew) {
  EXPECT_TRUE(parse_command_line({"list", "-v", "-v"}).has("verbose"));
}

TEST(CommandLine, AcceptsEverySpellingOfDeviceThreadsAndCheckpoint) {
  for (const char* device : {"auto", "cpu", "cuda", "cuda:0", "cuda:12"}) {
    EXPECT_EQ(parse_command_line({"train", "c", "--device", device}).text("device"), device);
  }
  for (const char* checkpoint : {"best", "latest", "step-5", "step-00012000", "12000"}) {
    EXPECT_EQ(parse_command_line({"eval", "r", "--checkpoint", checkpoint}).text("checkpoint"),
              checkpoint);
  }
  EXPECT_EQ(parse_command_line({"train", "c", "--threads", "auto"}).text("threads"), "auto");
  EXPECT_EQ(parse_command_line({"train", "c", "--threads", "2"}).integer("threads", 1, 1), 2);
}

TEST(CommandLine, AbsentFlagsGiveTheFallback) {
  const auto line = parse_command_line({"traverse", "r"});
  EXPECT_EQ(line.text("output", "x"), "x");
  EXPECT_EQ(line.integer("dims", 10, 1), 10);
  EXPECT_EQ(line.number("range", 3.0), 3.0);
  EXPECT_EQ(line.seconds("max-time", 7.0), 7.0);
}

TEST(CommandLine, AccessorsCheckAgainWithTheirOwnMinimum) {
  const auto line = parse_command_line({"sample", "r", "-n", "3"});
  EXPECT_THROW(line.integer("count", 64, 4), UsageError);
}

TEST(Duration, ReadsUnitsInDescendingOrder) {
  const std::vector<std::pair<std::string, double>> good{{"90", 90},
                                                         {"90s", 90},
                                                         {"15m", 900},
                                                         {"3h50m", 13800},
                                                         {"1d", 86400},
                                                         {"1d2h3m4s", 93784},
                                                         {"1.5h", 5400},
                                                         {"0.5", 0.5}};
  for (const auto& [text, expected] : good) {
    double seconds = 0;
    EXPECT_TRUE(parse_duration(text, &seconds)) << text;
    EXPECT_EQ(seconds, expected) << text;
  }
}

TEST(Duration, RefusesAnythingElse) {
  for (const char* text :
       {"", "s", "h3", "50m3h", "3h3h", "3h 5m", "3x", "-5s", "0", "0s", "nan", "1e400", "3h5"}) {
    double seconds = 0;
    EXPECT_FALSE(parse_duration(text, &seconds)) << text;
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::cli
