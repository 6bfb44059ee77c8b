// Numbers that are missing: NaN, cells that markers name, those that a mask hides.
#include <gmock/gmock.h>

#include <cmath>

#include "elbow/data/sources/formats.h"
#include "elbow/data/sources/input.h"
#include "elbow/data/sources/named_set.h"
#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

RawData load_gaps(Json changes) {
  changes["allow_nan"] = true;
  return load_named_set(resolved("table", changes), 1);
}

std::string error_of(const Json& changes) {
  return data_error_of([&] { load_gaps(changes); });
}

TEST(Gaps, AMaskHidesWhatStandsBehindIt) {
  const TemporaryFolder folder;
  write_bytes(folder / "t.csv", "a,b,c\n1,2,3\n4,NA,6\n7,8,9\n");
  write_bytes(folder / "m.csv", "1,1,0\n1,1,1\n0,1,1\n");
  const Json keys = {{"path", folder / "t.csv"}, {"nan_markers", {"NA"}}, {"columns", {2, 1}}};
  Json masked = keys;
  masked["mask"] = folder / "m.csv";
  const RawData data = load_gaps(masked), other = load_gaps(keys);
  EXPECT_TRUE(data.has_gaps);
  const double* x = data.splits.at("train").images.as<double>();
  EXPECT_TRUE(std::isnan(x[0]) && std::isnan(x[3]));
  EXPECT_EQ(x[1], 2);
  EXPECT_EQ(x[4], 9) << "column a is not used";
  EXPECT_NE(data.splits.at("train").mask_sha256, other.splits.at("train").mask_sha256);
}

TEST(Gaps, WrongMasksAndColumnsWithoutANumberAreNamed) {
  const TemporaryFolder folder;
  write_bytes(folder / "t.csv", "a,b\n1,nan\n2,nan\n3,nan\n");
  write_bytes(folder / "short.csv", "1,1\n1,0\n");
  write_bytes(folder / "grey.csv", "1,1\n1,0.5\n1,1\n");
  const Json keys = {{"path", folder / "t.csv"}};
  EXPECT_THAT(error_of(keys),
              HasSubstr("column 2 (b) has no observed value in the 3 training rows"));
  Json masked = keys;
  masked["mask"] = folder / "short.csv";
  EXPECT_THAT(error_of(masked), HasSubstr("short.csv: expected a mask of the shape of"));
  masked["mask"] = folder / "grey.csv";
  EXPECT_THAT(error_of(masked), HasSubstr("expected 0 (missing) or 1 (observed) in column 2"));
  write_bytes(folder / "turned.csv", "b,a\n1,1\n1,0\n1,1\n");
  masked["mask"] = folder / "turned.csv";
  EXPECT_THAT(error_of(masked), HasSubstr("in the same order"));
  write_bytes(folder / "t.csv", "a,b\n1,2\n2,inf\n");
  EXPECT_THAT(error_of(keys),
              HasSubstr("t.csv:3: expected a finite value in column 2 (b), or NaN"));
}

TEST(Gaps, MasksOfImagesMakeNumbersOfBytes) {
  const TemporaryFolder folder;
  Array images, mask;
  images.shape = mask.shape = {2, 1, 2};
  images.bytes = {255, 51, 0, 102};
  mask.bytes = {1, 0, 1, 1};
  write_bytes(folder / "x.idx", encode_idx(images));
  write_bytes(folder / "m.idx", encode_idx(mask));
  const Json keys = {
      {"train", folder / "x.idx"}, {"train_mask", folder / "m.idx"}, {"allow_nan", true}};
  const RawData data = load_named_set(resolved("idx", keys), 1);
  EXPECT_TRUE(data.has_gaps);
  const float* pixel = data.splits.at("train").images.as<float>();
  EXPECT_TRUE(std::isnan(pixel[1]));
  EXPECT_EQ(pixel[0], 1);
  EXPECT_FLOAT_EQ(pixel[3], 0.4f);
  mask.shape = {1, 2, 2};
  write_bytes(folder / "m.idx", encode_idx(mask));
  EXPECT_THAT(data_error_of([&] { load_named_set(resolved("idx", keys), 1); }),
              HasSubstr("m.idx: expected a mask of the shape of"));
}

// Moments are of what was observed, and a file that comes later may have gaps where the training
// data had some.
TEST(Gaps, ArePartOfHowAFileIsRead) {
  const TemporaryFolder folder;
  write_bytes(folder / "t.csv", "a,b\n1,5\nnan,7\n3,nan\n");
  const Json keys = {{"path", folder / "t.csv"}, {"standardize", true}};
  const RawData data = load_gaps(keys);
  EXPECT_EQ(data.info.at("mean"), Json({2.0, 6.0}));
  EXPECT_TRUE(reading_of(data).has_gaps);
  Json allowing = keys;
  allowing["allow_nan"] = true;
  const ConfigNode config = resolved("table", allowing);
  write_bytes(folder / "new.csv", "b,a\nnan,2\n");
  const RawData later = load_input(config, reading_of(data), folder / "new.csv", false);
  EXPECT_TRUE(later.has_gaps);
  EXPECT_EQ(later.splits.at("input").images.as<double>()[0], 0.0);
  EXPECT_TRUE(std::isnan(later.splits.at("input").images.as<double>()[1]));
  write_bytes(folder / "whole.csv", "a,b\n1,5\n2,7\n");
  const RawData whole = load_gaps({{"path", folder / "whole.csv"}});
  EXPECT_FALSE(whole.has_gaps);
  EXPECT_THAT(
      data_error_of([&] { load_input(config, reading_of(whole), folder / "new.csv", false); }),
      HasSubstr("found 1 that are NaN"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
