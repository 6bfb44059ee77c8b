#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "elbow/data/sources/formats.h"
#include "elbow/data/sources/named_set.h"
#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

RawData load(const std::string& type, const Json& changes, std::uint64_t seed = 1) {
  return load_named_set(resolved(type, changes), seed);
}

std::string load_error(const std::string& type, const Json& changes) {
  return data_error_of([&] { load(type, changes); });
}

TEST(Table, RowsAreDividedOnceAndForAll) {
  const TemporaryFolder folder;
  std::string text = "x,y\n";
  for (int i = 0; i < 100; ++i) text += std::to_string(i) + ",7\n";
  write_bytes(folder / "t.csv", text);
  const Json sizes = {
      {"path", folder / "t.csv"}, {"columns", {0}}, {"validation_size", 20}, {"test_size", 30}};
  const RawData data = load("table", sizes, 1);
  std::set<double> seen;
  for (const auto& entry : data.splits)
    for (std::int64_t i = 0; i < entry.second.images.count(); ++i)
      seen.insert(entry.second.images.as<double>()[i]);
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_THAT(data.splits.at("train").images.shape, ElementsAre(50, 1));
  EXPECT_THAT(data.event_shape, ElementsAre(1));
  EXPECT_EQ(load("table", sizes, 2).splits.at("test").images.bytes,
            data.splits.at("test").images.bytes)
      << "not the seed of the run";
  Json own_split = sizes;
  own_split["split_seed"] = "run";
  EXPECT_NE(load("table", own_split, 2).splits.at("test").images.bytes,
            load("table", own_split, 3).splits.at("test").images.bytes);
}

// Example i has row i of every split's own training rows, standardised by their own moments.
TEST(Table, AllPublishedSplitsSideBySide) {
  const TemporaryFolder folder;
  std::string text = "x,y\n";
  for (int i = 0; i < 6; ++i) text += std::to_string(i * i) + "," + std::to_string(10 + i) + "\n";
  write_bytes(folder / "t.csv", text);
  write_bytes(folder / "s.txt", "0 5\n3 1\n2 4\n");
  Json keys = {{"path", folder / "t.csv"},
               {"response", "y"},
               {"test_rows", folder / "s.txt"},
               {"test_split", "all"}};
  const RawData data = load("table", keys);
  EXPECT_THAT(data.event_shape, ElementsAre(3, 2));
  EXPECT_THAT(data.splits.at("train").images.shape, ElementsAre(4, 3, 2));
  EXPECT_THAT(data.splits.at("test").images.shape, ElementsAre(2, 3, 2));
  const double* test = data.splits.at("test").images.as<double>();
  EXPECT_THAT(std::vector<double>(test, test + 12),
              ElementsAre(0, 10, 9, 13, 4, 12, 25, 15, 1, 11, 16, 14));
  const double* train = data.splits.at("train").images.as<double>();
  EXPECT_THAT(std::vector<double>(train, train + 6), ElementsAre(1, 11, 0, 10, 0, 10));
  keys["standardize"] = true;
  const RawData standard = load("table", keys);
  const double mean = (1 + 4 + 9 + 16) / 4.0;
  EXPECT_NEAR(standard.info["mean"][0].get<double>(), mean, 1e-12);
  EXPECT_NEAR(standard.splits.at("train").images.as<double>()[0],
              (1 - mean) / standard.info["standard_deviation"][0].get<double>(),
              1e-12);
  EXPECT_EQ(standard.info["mean"].size(), 6u);
  write_bytes(folder / "s.txt", "0 5\n3\n");
  EXPECT_THAT(load_error("table", keys), HasSubstr("expected 2 rows as in line 1, found 1"));
}

TEST(Table, StandardizeUsesTheTrainingRows) {
  const TemporaryFolder folder;
  write_bytes(folder / "t.csv", "1;10\n2;20\n3;60\n4;10\n9;5\n");
  const RawData data =
      load("table", {{"path", folder / "t.csv"}, {"standardize", true}, {"test_size", 2}});
  for (int column = 0; column < 2; ++column) {
    const double* x = data.splits.at("train").images.as<double>() + column;
    EXPECT_NEAR(x[0] + x[2] + x[4], 0.0, 1e-12);
    EXPECT_NEAR(x[0] * x[0] + x[2] * x[2] + x[4] * x[4], 3.0, 1e-12);
  }
  const double raw = data.splits.at("test").images.as<double>()[0] *
                         data.info["standard_deviation"][0].get<double>() +
                     data.info["mean"][0].get<double>();
  EXPECT_NEAR(raw, std::round(raw), 1e-12);
}

TEST(Table, WrongRequestsAreRefused) {
  const TemporaryFolder folder;
  write_bytes(folder / "t.csv", "1,5\n2,5\nnan,5\n");
  const Json path = {{"path", folder / "t.csv"}};
  const auto with = [&](const Json& changes) {
    Json out = path;
    out.update(changes);
    return load_error("table", out);
  };
  EXPECT_THAT(with(Json::object()), HasSubstr("expected finite values, found 1"));
  EXPECT_THAT(with({{"allow_nan", true}, {"standardize", true}}),
              HasSubstr("found column 1 constant over the 3 training rows"));
  EXPECT_THAT(with({{"columns", {0, 2}}}), HasSubstr("data.columns: expected numbers from 0 to 1"));
  EXPECT_THAT(with({{"columns", Json::array()}}), HasSubstr("expected at least one column"));
  EXPECT_THAT(with({{"validation_size", 1}, {"test_size", 2}}),
              HasSubstr("expected validation_size + test_size below the 3 rows"));
  EXPECT_THAT(with({{"validation_size", INT64_MAX}, {"test_size", INT64_MAX}}),
              HasSubstr("below the 3 rows"));
  Array cube;
  cube.shape = {2, 2, 2};
  cube.bytes.assign(8, 1);
  write_bytes(folder / "i.idx", encode_idx(cube));
  EXPECT_THAT(load_error("table", {{"path", folder / "i.idx"}}),
              HasSubstr("expected a table of 1 or 2 dimensions, found 2 x 2 x 2"));
}

// 0.1 three times has a rounded deviation of 1.4e-17, which is not a spread.
TEST(Table, AColumnThatIsConstantUpToRoundingIsRefused) {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& text) {
    write_bytes(folder / "t.csv", text);
    return load_error("table", {{"path", folder / "t.csv"}, {"standardize", true}});
  };
  EXPECT_THAT(error("a,k\n0,0.1\n1,0.1\n2,0.1\n"), HasSubstr("found column 1 constant"));
  EXPECT_THAT(error("a,k\n0,1e-300\n1,1e-300\n2,1e-300\n"), HasSubstr("constant"));
  EXPECT_THAT(error("a,k\n0,0.3\n1,0.30000000000000004\n2,0.3\n"), HasSubstr("constant"));
  EXPECT_EQ(error("a,k\n0,1e-20\n1,2e-20\n2,1e-20\n"), "") << "small is not constant";
  EXPECT_EQ(error("a,k\n0,5400000.0\n1,5400000.2\n2,5400000.4\n"), "");
}

// The variance was infinite, JSON had null for it, and every verb that read the run ended as an
// internal error; of the smallest it was 0.
TEST(Table, MomentsOfNumbersWhoseSquaresOverflowAreFinite) {
  const TemporaryFolder folder;
  write_bytes(folder / "t.csv", "a,b,c\n1e200,1e-200,1\n3e200,3e-200,3\n");
  const RawData data = load("table", {{"path", folder / "t.csv"}, {"standardize", true}});
  const std::vector<double> mean = data.info["mean"], deviation = data.info["standard_deviation"];
  EXPECT_DOUBLE_EQ(mean[0], 2e200);
  EXPECT_DOUBLE_EQ(mean[1], 2e-200);
  EXPECT_DOUBLE_EQ(deviation[0], 1e200);
  EXPECT_DOUBLE_EQ(deviation[1], 1e-200);
  EXPECT_EQ(mean[2], 2);
  EXPECT_EQ(deviation[2], 1);
}

// The count was that of the split that came first: 1 of 20.
TEST(Table, GapsAreCountedOverTheWholeFileAndTheFirstIsNamed) {
  const TemporaryFolder folder;
  std::string text = "a,b\n";
  for (int i = 0; i < 100; ++i) text += std::to_string(i) + (i % 5 == 2 ? ",nan\n" : ",1.5\n");
  write_bytes(folder / "t.csv", text);
  const Json sizes = {{"path", folder / "t.csv"}, {"validation_size", 10}, {"test_size", 10}};
  EXPECT_THAT(load_error("table", sizes),
              HasSubstr("t.csv:4: expected finite values, found 20 that are NaN or infinite (the "
                        "first: nan in column 2 (b))"));
  Json other_column = sizes;
  other_column["columns"] = {0};
  EXPECT_EQ(load_error("table", other_column), "");
}

TEST(Table, AColumnWithoutANameIsTakenOnlyWhenItIsListed) {
  const TemporaryFolder folder;
  write_bytes(folder / "t.csv", ",a,b\n0,1.5,2\n1,3,4\n");
  Json keys = {{"path", folder / "t.csv"}};
  EXPECT_THAT(load_error("table", keys),
              testing::AllOf(HasSubstr("t.csv:1: expected a name for column 1, found an empty "
                                       "column name"),
                             HasSubstr("data.columns: [1, 2]")));
  keys["columns"] = {1, 2};
  EXPECT_THAT(load("table", keys).info.at("columns"), ElementsAre("a", "b"));
  keys["columns"] = {0, 1};
  EXPECT_EQ(load_error("table", keys), "");
}

TEST(Table, TheGuessOfAHeaderIsSaidAndCanBeOverruled) {
  const TemporaryFolder folder;
  write_bytes(folder / "t.csv", "0,1\n0.5,2\n1.5,4\n");
  Json keys = {{"path", folder / "t.csv"}};
  const RawData guessed = load("table", keys);
  EXPECT_EQ(guessed.splits.at("train").size(), 2);
  EXPECT_THAT(guessed.warnings, ElementsAre(HasSubstr("data.header: none")));
  keys["header"] = "none";
  EXPECT_EQ(load("table", keys).splits.at("train").size(), 3);
  EXPECT_TRUE(load("table", keys).warnings.empty());
}

TEST(Table, TheResponseBecomesTheLastColumn) {
  const TemporaryFolder folder;
  write_bytes(folder / "t.csv", "a;b;c\n1;20;300\n2;30;500\n");
  const auto with = [&](const Json& changes) {
    Json all = {{"path", folder / "t.csv"}};
    all.update(changes);
    return load("table", all);
  };
  const auto first_row = [](const RawData& data) {
    const double* x = data.splits.at("train").images.as<double>();
    return std::vector<double>(x, x + data.event_shape[0]);
  };
  EXPECT_EQ(with(Json::object()).num_responses, 0);
  const RawData by_name = with({{"response", "b"}});
  EXPECT_EQ(by_name.num_responses, 1);
  EXPECT_THAT(first_row(by_name), ElementsAre(1, 300, 20));
  EXPECT_THAT(by_name.info.at("columns"), ElementsAre("a", "c", "b"));
  EXPECT_THAT(first_row(with({{"response", "0"}})), ElementsAre(20, 300, 1));
  EXPECT_THAT(first_row(with({{"response", "a"}, {"columns", {2}}})), ElementsAre(300, 1));
  EXPECT_THAT(first_row(with({{"response", "a"}, {"columns", {0, 2}}})), ElementsAre(300, 1));
  const RawData scaled = with({{"response", "a"}, {"standardize", true}});
  EXPECT_THAT(scaled.info.at("mean"), ElementsAre(25, 400, 1.5));
  EXPECT_THAT(scaled.info.at("standard_deviation"), ElementsAre(5, 100, 0.5));
}

TEST(Table, AResponseThatIsNotThereIsRefused) {
  const TemporaryFolder folder;
  write_bytes(folder / "t.csv", "a;b\n1;20\n2;30\n");
  write_bytes(folder / "n.csv", "1;20\n2;30\n");
  const auto error = [&](const char* file, const Json& changes) {
    Json all = {{"path", folder / file}};
    all.update(changes);
    return load_error("table", all);
  };
  EXPECT_THAT(
      error("t.csv", {{"response", "bb"}}),
      HasSubstr("data.response: expected numbers from 0 to 1 or one of a, b, the columns of " +
                (folder / "t.csv") + ", got 'bb'"));
  EXPECT_THAT(error("t.csv", {{"response", "2"}}), HasSubstr("got '2'"));
  EXPECT_THAT(error("t.csv", {{"response", "-1"}}), HasSubstr("got '-1'"));
  EXPECT_THAT(error("n.csv", {{"response", "b"}}), HasSubstr("no header, so columns go by number"));
  EXPECT_THAT(error("t.csv", {{"response", "b"}, {"columns", {1}}}),
              HasSubstr("at least one column besides the response"));
}

TEST(Table, DeclaredMarkersReadAsNan) {
  const TemporaryFolder folder;
  write_bytes(folder / "t.csv", "a,b\n1,NA\n?,4\n,6\n");
  const Json path = {{"path", folder / "t.csv"}};
  Json marked = path;
  marked["nan_markers"] = {"NA", "?", ""};
  EXPECT_THAT(load_error("table", path), HasSubstr("found 'NA'"));
  EXPECT_THAT(load_error("table", marked), HasSubstr("expected finite values, found"));
  marked["allow_nan"] = true;
  const RawData data = load("table", marked);
  const double* x = data.splits.at("train").images.as<double>();
  EXPECT_EQ(x[0], 1);
  EXPECT_TRUE(std::isnan(x[1]) && std::isnan(x[2]) && std::isnan(x[4]));
  EXPECT_EQ(x[5], 6);
  write_bytes(folder / "h.csv", "NA,NA\n1,2\n");
  Json headless = {{"path", folder / "h.csv"}, {"nan_markers", {"NA"}}, {"allow_nan", true}};
  EXPECT_EQ(load("table", headless).splits.at("train").size(), 2) << "a row of gaps is no header";
  Array array;
  array.shape = {2, 2};
  array.bytes.assign(4, 1);
  write_bytes(folder / "x.npy", encode_npy(array));
  EXPECT_THAT(load_error("table", {{"path", folder / "x.npy"}, {"nan_markers", {"NA"}}}),
              HasSubstr("data.nan_markers: expected a text table"));
}

TEST(Table, OldFaithfulHasItsKnownMoments) {
  const char* data_folder = std::getenv("ELBOW_DATA");
  const std::string path = std::string(data_folder ? data_folder : "") + "/faithful/faithful.csv";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "ELBOW_DATA names no folder with faithful";
  const RawData data =
      load("table", {{"path", path}, {"standardize", true}, {"response", "eruptions"}});
  EXPECT_THAT(data.splits.at("train").images.shape, ElementsAre(272, 2));
  EXPECT_THAT(data.info.at("columns"), ElementsAre("waiting", "eruptions"));
  EXPECT_NEAR(data.info.at("mean")[0].get<double>(), 70.8971, 5e-5);
  EXPECT_NEAR(data.info.at("mean")[1].get<double>(), 3.4878, 5e-5);
  const double sample_deviation =
      data.info.at("standard_deviation")[1].get<double>() * std::sqrt(272.0 / 271.0);
  EXPECT_NEAR(sample_deviation, 1.1414, 5e-5);
}

TEST(Table, TheConcreteTableHasItsKnownMoments) {
  const char* data_folder = std::getenv("ELBOW_DATA");
  const std::string path =
      std::string(data_folder ? data_folder : "") + "/uci/concrete/data.txt.gz";
  if (!std::filesystem::exists(path))
    GTEST_SKIP() << "ELBOW_DATA names no folder with uci/concrete";
  const RawData data = load("table", {{"path", path}, {"columns", {8}}, {"standardize", true}});
  EXPECT_THAT(data.splits.at("train").images.shape, ElementsAre(1030, 1));
  EXPECT_NEAR(data.info.at("mean")[0].get<double>(), 35.8180, 5e-5);
  EXPECT_NEAR(data.info.at("standard_deviation")[0].get<double>(), 16.6976, 5e-5);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
