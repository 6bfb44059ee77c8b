#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "elbow/data/formats.h"
#include "elbow/data/named_set.h"
#include "support.h"

namespace elbow::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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

}  // namespace
}  // namespace elbow::data
