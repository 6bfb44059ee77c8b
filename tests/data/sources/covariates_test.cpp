// Columns that are given and not modelled: which are read, and what a later file's mean.
#include "elbow/data/sources/covariates.h"

#include <gmock/gmock.h>

#include "elbow/data/sources/input.h"
#include "elbow/data/sources/labels.h"
#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Forty rows: a is 0, 1, ..., age 10, 12, ..., b constant, dose 0, 1, 2, 0, ...
std::string table() {
  std::string out = "a,age,b,dose\n";
  for (int i = 0; i < 40; ++i)
    out +=
        std::to_string(i) + "," + std::to_string(10 + 2 * i) + ",7," + std::to_string(i % 3) + "\n";
  return out;
}

Json section(const TemporaryFolder& folder) {
  write_bytes(folder / "t.csv", table());
  return {{"path", folder / "t.csv"}, {"covariates", {"dose", "age"}}, {"test_size", 10}};
}

RawData load(const Json& changes) { return load_named_set(resolved("table", changes), 1); }

std::string refusal(Json keys, const std::string& key, const Json& value) {
  keys[key] = value;
  return data_error_of([&] { load(keys); });
}

/// In the units of the file.
double raw(const RawData& data, const std::string& split, std::int64_t row, std::size_t i) {
  const Covariates& known = data.covariates;
  return known.mean[i] +
         known.deviation[i] *
             data.splits.at(split)
                 .covariates.as<double>()[row * known.size() + static_cast<std::int64_t>(i)];
}

TEST(Covariates, AreTakenOutOfXAndStandardisedByTheTrainingRows) {
  const TemporaryFolder folder;
  const RawData data = load(section(folder));
  EXPECT_THAT(data.event_shape, ElementsAre(2));
  EXPECT_THAT(data.covariates.names, ElementsAre("dose", "age"));
  EXPECT_THAT(data.covariates.numbers, ElementsAre(3, 1));
  const RawSplit& train = data.splits.at("train");
  std::vector<double> sums(2, 0.0), squares(2, 0.0);
  for (std::int64_t row = 0; row < train.size(); ++row)
    for (std::size_t i = 0; i < 2; ++i) {
      const double value = train.covariates.as<double>()[2 * row + static_cast<std::int64_t>(i)];
      sums[i] += value / 30;
      squares[i] += value * value / 30;
    }
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(sums[i], 0, 1e-12);
    EXPECT_NEAR(squares[i], 1, 1e-12);
  }
  for (const char* split : {"train", "test"}) {
    const double* x = data.splits.at(split).images.as<double>();
    for (std::int64_t row = 0; row < data.splits.at(split).size(); ++row) {
      EXPECT_NEAR(raw(data, split, row, 1), 10 + 2 * x[2 * row], 1e-9);
      EXPECT_NEAR(raw(data, split, row, 0), static_cast<int>(x[2 * row]) % 3, 1e-9);
    }
  }
}

TEST(Covariates, OfALaterFileGoByNameAndByTheMomentsOfTraining) {
  const TemporaryFolder folder;
  const Json keys = section(folder);
  const RawData trained = load(keys);
  const Reading reading =
      reading_from({{"event_shape", {2}}, {"reading", reading_json(reading_of(trained))}});
  const auto late = [&](const std::string& text) {
    write_bytes(folder / "late.csv", text);
    return load_input(resolved("table", keys), reading, folder / "late.csv", false);
  };
  for (const char* text : {"dose,b,a,age\n2,7,1,60\n", "1,60,7,2\n"}) {
    const RawData found = late(text);
    EXPECT_NEAR(raw(found, "input", 0, 0), 2, 1e-9);
    EXPECT_NEAR(raw(found, "input", 0, 1), 60, 1e-9);
    EXPECT_EQ(found.splits.at("input").images.as<double>()[0], 1);
  }
  EXPECT_THAT(data_error_of([&] { late("b,a,age\n7,1,60\n"); }),
              AllOf(HasSubstr("late.csv:1"), HasSubstr("the covariate 'dose'")));
  EXPECT_THAT(data_error_of([&] { late("7,1\n"); }), HasSubstr("expected 4 columns"));
  EXPECT_THAT(data_error_of([&] { late("dose,b,a,age\n2,7,1,60\nnan,7,1,60\n"); }),
              AllOf(HasSubstr("late.csv:3"), HasSubstr("(dose)")));
}

TEST(Covariates, StandBesideRowsThatAreRepeated) {
  const TemporaryFolder folder;
  Json keys = section(folder);
  keys["covariates"] = {"age"};
  keys["label"] = "dose";
  keys["labelled"] = 4;
  keys["label_repeats"] = 3;
  const RawData data = load(keys);
  const RawSplit& train = data.splits.at("train");
  ASSERT_EQ(train.size(), 30 + 2 * 4);
  ASSERT_EQ(train.covariates.shape.front(), train.size());
  for (std::int64_t row = 0; row < train.size(); ++row)
    EXPECT_NEAR(raw(data, "train", row, 0), 10 + 2 * train.images.as<double>()[2 * row], 1e-9);
}

TEST(Covariates, ThatSayNothingOrAreNotThereAreRefused) {
  const TemporaryFolder folder;
  const Json keys = section(folder);
  EXPECT_THAT(refusal(keys, "covariates", {"b"}), AllOf(HasSubstr("'b'"), HasSubstr("constant")));
  EXPECT_THAT(refusal(keys, "covariates", {"weight"}), HasSubstr("one of a, age, b, dose"));
  EXPECT_THAT(refusal(keys, "covariates", {"age", "age"}), HasSubstr("each once"));
  EXPECT_THAT(refusal(keys, "label", "dose"), HasSubstr("other columns than the label"));
  EXPECT_THAT(refusal(keys, "covariates", {"a", "age", "b", "dose"}),
              HasSubstr("at least one other column"));
  write_bytes(folder / "t.csv", "a,label\n1,2\n3,4\n");
  EXPECT_THAT(refusal(keys, "covariates", {"label"}), HasSubstr("rename the column"));
  write_bytes(folder / "t.csv", table() + "40,,7,1\n");
  Json gaps = keys;
  gaps["nan_markers"] = {""};
  EXPECT_THAT(refusal(gaps, "allow_nan", true),
              AllOf(HasSubstr("t.csv:42"), HasSubstr("(age)"), HasSubstr("given in each row")));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
