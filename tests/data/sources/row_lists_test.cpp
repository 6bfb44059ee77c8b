// Files of fixed test splits, alone and in a table.
#include "elbow/data/sources/row_lists.h"

#include <gmock/gmock.h>

#include <set>

#include "elbow/data/sources/named_set.h"
#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string error_of(const std::string& bytes, std::int64_t index, std::int64_t rows = 6) {
  return data_error_of([&] { read_row_list(bytes, "s.txt", index, rows); });
}

TEST(RowLists, ALineIsChosenAndItsOrderKept) {
  const std::string bytes = "4 0 2\r\n\t5  1 \n3\n\n \n";
  EXPECT_THAT(read_row_list(bytes, "s.txt", 0, 6), ElementsAre(4, 0, 2));
  EXPECT_THAT(read_row_list(bytes, "s.txt", 1, 6), ElementsAre(5, 1));
  EXPECT_THAT(read_row_list(bytes, "s.txt", 2, 6), ElementsAre(3));
  EXPECT_THAT(error_of(bytes, 3), HasSubstr("expected a number below 3"));
}

TEST(RowLists, WhatIsNoListOfTheseRowsIsRefusedByItsLine) {
  EXPECT_THAT(error_of("1 2\n3 6\n", 0), HasSubstr("s.txt:2: expected row numbers from 0 to 5"));
  EXPECT_THAT(error_of("1 2\n-1\n", 0), HasSubstr("found '-1'"));
  EXPECT_THAT(error_of("rows\n1\n", 1), HasSubstr("s.txt:1: "));
  EXPECT_THAT(error_of("1 2.5\n", 0), HasSubstr("found '2.5'"));
  EXPECT_THAT(error_of("1 99999999999999999999\n", 0), HasSubstr("found '9999"));
  EXPECT_THAT(error_of("1 2 1\n", 0), HasSubstr("row 1 twice"));
  EXPECT_THAT(error_of("1\n\n2\n", 0), HasSubstr("s.txt:2: expected the rows of a split"));
  EXPECT_THAT(error_of("0 1 2 3 4 5\n", 0), HasSubstr("at least one row that is not in the split"));
  EXPECT_THAT(error_of("", 0), HasSubstr("s.txt:1: expected lines of row numbers, found none"));
}

struct Fixture {
  TemporaryFolder folder;
  Fixture() {
    std::string text;
    for (int i = 0; i < 10; ++i) text += std::to_string(i) + "\n";
    write_bytes(folder / "t.csv", text);
    write_bytes(folder / "splits.txt", "7 1 4\n0 9\n");
  }
  RawData load(const Json& changes) const {
    Json all = {{"path", folder / "t.csv"}, {"test_rows", folder / "splits.txt"}};
    all.update(changes);
    return load_named_set(resolved("table", all), 1);
  }
};

std::vector<double> values(const RawData& data, const std::string& split) {
  const Array& array = data.splits.at(split).images;
  return {array.as<double>(), array.as<double>() + array.count()};
}

TEST(RowLists, TheOtherRowsAreTheTrainingRowsInTheOrderOfTheFile) {
  const Fixture f;
  const RawData first = f.load(Json::object()), second = f.load({{"test_split", 1}});
  EXPECT_THAT(values(first, "test"), ElementsAre(7, 1, 4));
  EXPECT_THAT(values(first, "train"), ElementsAre(0, 2, 3, 5, 6, 8, 9));
  EXPECT_EQ(first.splits.count("valid"), 0u);
  EXPECT_THAT(values(second, "test"), ElementsAre(0, 9));
  EXPECT_EQ(values(second, "train").size(), 8u);
}

TEST(RowLists, ValidationRowsComeFromTheTrainingRows) {
  const Fixture f;
  const RawData data = f.load({{"validation_size", 3}});
  std::set<double> seen;
  for (const char* split : {"train", "valid", "test"})
    for (const double value : values(data, split)) seen.insert(value);
  EXPECT_EQ(seen.size(), 10u);
  EXPECT_EQ(values(data, "valid").size(), 3u);
  EXPECT_THAT(values(data, "test"), ElementsAre(7, 1, 4));
  const auto error = [&](const Json& changes) { return data_error_of([&] { f.load(changes); }); };
  EXPECT_THAT(error({{"validation_size", 7}}), HasSubstr("below the 7 rows"));
  EXPECT_THAT(error({{"test_split", 2}}), HasSubstr("data.test_split: expected a number below 2"));
}

TEST(RowLists, TwoWaysToChooseTestRowsAreRefused) {
  const Fixture f;
  EXPECT_THROW(f.load({{"test_size", 2}}), ConfigError);
  EXPECT_THROW(f.load({{"test_rows", nullptr}, {"test_split", 1}}), ConfigError);
}

TEST(RowLists, TheSplitsOfConcreteBelongToItsTable) {
  const char* data_folder = std::getenv("ELBOW_DATA");
  const std::string folder = std::string(data_folder ? data_folder : "") + "/uci/concrete/";
  if (!std::filesystem::exists(folder))
    GTEST_SKIP() << "ELBOW_DATA names no folder with uci/concrete";
  for (const int split : {0, 19}) {
    const RawData data = load_named_set(resolved("table",
                                                 {{"path", folder + "data.txt.gz"},
                                                  {"test_rows", folder + "test_splits.txt.gz"},
                                                  {"test_split", split}}),
                                        1);
    EXPECT_THAT(data.splits.at("test").images.shape, ElementsAre(103, 9));
    EXPECT_THAT(data.splits.at("train").images.shape, ElementsAre(927, 9));
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
