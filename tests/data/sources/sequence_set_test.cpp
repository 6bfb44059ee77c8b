// The data sets sequences and synthetic_hmm.
#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "elbow/data/sources/formats.h"
#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

RawData load(const Json& changes, const std::string& type = "sequences") {
  return load_named_set(resolved(type, changes), 1);
}

std::string load_error(const Json& changes) {
  return data_error_of([&] { load(changes); });
}

std::vector<double> values(const RawData& data, const std::string& split = "train") {
  const Array& array = data.splits.at(split).images;
  return {array.as<double>(), array.as<double>() + array.count()};
}

struct Fixture {
  TemporaryFolder folder;
  Fixture() { write_bytes(folder / "t.csv", "id,a,b\n7,1,10\n7,2,20\n7,3,30\n5,4,40\n5,5,50\n"); }
  Json with(const Json& changes) const {
    Json out = {{"path", folder / "t.csv"}};
    out.update(changes);
    return out;
  }
};

TEST(Sequences, AColumnCutsAndIsDropped) {
  const Fixture f;
  for (const char* column : {"id", "0"}) {
    const RawData data = load(f.with({{"sequence_column", column}}));
    EXPECT_THAT(data.event_shape, ElementsAre(3, 2));
    EXPECT_THAT(data.splits.at("train").images.shape, ElementsAre(2, 3, 2));
    EXPECT_THAT(data.info.at("columns"), ElementsAre("a", "b"));
    const std::vector<double> x = values(data);
    EXPECT_EQ((std::vector<double>(x.begin(), x.begin() + 10)),
              (std::vector<double>{1, 10, 2, 20, 3, 30, 4, 40, 5, 50}));
    EXPECT_TRUE(std::isnan(x[10]) && std::isnan(x[11]));
    EXPECT_TRUE(data.warnings.empty());
  }
}

TEST(Sequences, PiecesHaveTheLengthAndTheLastMayBeShorter) {
  const Fixture f;
  const RawData pieces = load(f.with({{"sequence_length", 2}, {"columns", {1}}}));
  EXPECT_THAT(pieces.splits.at("train").images.shape, ElementsAre(3, 2, 1));
  const std::vector<double> x = values(pieces);
  EXPECT_EQ((std::vector<double>(x.begin(), x.begin() + 5)), (std::vector<double>{1, 2, 3, 4, 5}));
  EXPECT_TRUE(std::isnan(x[5]));
  const RawData one = load(f.with({{"columns", {2, 1}}}));
  EXPECT_THAT(one.event_shape, ElementsAre(5, 2));
  EXPECT_EQ(values(one)[0], 10);
}

TEST(Sequences, StandardizeUsesTheStepsOfTheTrainingSequences) {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 60; ++i) text += std::to_string(i / 4) + "," + std::to_string(i * i) + "\n";
  write_bytes(folder / "t.csv", text);
  const RawData data = load({{"path", folder / "t.csv"},
                             {"sequence_column", "0"},
                             {"standardize", true},
                             {"validation_size", 3},
                             {"test_size", 4}});
  EXPECT_EQ(data.splits.at("train").size(), 8);
  EXPECT_EQ(data.splits.at("valid").size(), 3);
  double sum = 0, squares = 0;
  for (const double value : values(data)) sum += value, squares += value * value;
  EXPECT_NEAR(sum, 0, 1e-12);
  EXPECT_NEAR(squares, 32, 1e-12);
  std::set<long> seen;
  for (const char* split : {"train", "valid", "test"})
    for (const double value : values(data, split))
      seen.insert(std::lround(value * data.info.at("standard_deviation")[0].get<double>() +
                              data.info.at("mean")[0].get<double>()));
  EXPECT_EQ(seen.size(), 60u);
}

TEST(Sequences, AValueThatComesAgainIsWarnedOf) {
  const TemporaryFolder folder;
  write_bytes(folder / "t.csv", "1,5\n2,6\n1,7\n2,8\n");
  const RawData data = load({{"path", folder / "t.csv"}, {"sequence_column", "0"}});
  EXPECT_EQ(data.splits.at("train").size(), 4);
  EXPECT_THAT(data.warnings, ElementsAre(HasSubstr("comes back to a value in row 2 (from 0)")));
}

TEST(Sequences, WrongRequestsAreRefused) {
  const Fixture f;
  EXPECT_THROW(load(f.with({{"sequence_column", "id"}, {"sequence_length", 2}})), ConfigError);
  EXPECT_THAT(load_error(f.with({{"sequence_column", "x"}})),
              HasSubstr("data.sequence_column: expected numbers from 0 to 2 or one of id, a, b"));
  EXPECT_THAT(load_error(f.with({{"sequence_column", "id"}, {"columns", {0}}})),
              HasSubstr("at least one column besides it"));
  EXPECT_THAT(load_error(f.with({{"sequence_column", "id"}, {"test_size", 2}})),
              HasSubstr("validation_size + test_size below the 2 sequences"));
  EXPECT_THAT(load_error(f.with({{"columns", {3}}})), HasSubstr("data.columns: expected numbers"));
  write_bytes(f.folder / "nan.csv", "1,5\nnan,6\n");
  EXPECT_THAT(load_error({{"path", f.folder / "nan.csv"}}),
              HasSubstr("expected finite values, found 1 that are NaN or infinite"));
}

TEST(Sequences, ASequenceWithoutANumberIsRefused) {
  const Fixture f;
  write_bytes(f.folder / "g.csv", "id,a\n1,5\nnan,6\n");
  EXPECT_THAT(load_error({{"path", f.folder / "g.csv"}, {"sequence_column", "id"}}),
              HasSubstr("g.csv:3: expected the number of a sequence in column 1 (id), found nan"));
}

TEST(SyntheticHmm, ItsDensityIsThatOfAllPathsOfStates) {
  const RawData data = load({{"states", 2},
                             {"features", 2},
                             {"sequence_length", 4},
                             {"stay_probability", 0.7},
                             {"noise_scale", 2.0},
                             {"train_size", 3}},
                            "synthetic_hmm");
  EXPECT_THAT(data.event_shape, ElementsAre(4, 2));
  const Json& info = data.info;
  const double scale = info.at("scales")[0].get<double>();
  for (int row = 0; row < 3; ++row) {
    const double* x = data.splits.at("train").images.as<double>() + row * 8;
    double total = 0;
    for (int path = 0; path < 16; ++path) {
      double p = 0.5;
      for (int t = 0; t < 4; ++t) {
        const int state = (path >> t) & 1;
        if (t > 0) p *= info.at("transition")[(path >> (t - 1)) & 1][state].get<double>();
        for (int d = 0; d < 2; ++d) {
          const double z = (x[2 * t + d] - info.at("means")[state][d].get<double>()) / scale;
          p *= std::exp(-0.5 * z * z) / (scale * std::sqrt(2 * 3.14159265358979323846));
        }
      }
      total += p;
    }
    EXPECT_NEAR(data.log_density(x), std::log(total), 1e-12 * std::abs(std::log(total)));
  }
}

TEST(SyntheticHmm, StatesStayAsOftenAsAsked) {
  const RawData data = load({{"states", 2},
                             {"features", 3},
                             {"sequence_length", 100},
                             {"noise_scale", 0.001},
                             {"stay_probability", 0.8},
                             {"train_size", 100},
                             {"seed", 3}},
                            "synthetic_hmm");
  const double* x = data.splits.at("train").images.as<double>();
  int stays = 0, first_states = 0;
  for (int row = 0; row < 100; ++row) {
    const auto state = [&](int t) {
      return std::abs(x[(row * 100 + t) * 3] - data.info.at("means")[0][0].get<double>()) < 0.1;
    };
    first_states += state(0);
    for (int t = 1; t < 100; ++t) stays += state(t) == state(t - 1);
  }
  // 9,900 steps and 100 first states; five standard errors: false alarm below 1e-6 each.
  EXPECT_NEAR(stays / 9900.0, 0.8, 5 * std::sqrt(0.16 / 9900));
  EXPECT_NEAR(first_states / 100.0, 0.5, 5 * 0.05);
  EXPECT_EQ(data.splits.at("valid").size(), 20);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
