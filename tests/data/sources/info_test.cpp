#include "elbow/data/sources/info.h"

#include <gmock/gmock.h>

#include "elbow/data/sources/formats.h"
#include "elbow/foundations/io/hash.h"
#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

TEST(DataInfo, StatesShapeTypeRangeAndSums) {
  const TemporaryFolder folder;
  Array array;
  array.shape = {2, 2, 2};
  array.bytes = {0, 255, 255, 0, 10, 20, 30, 40};
  const std::string idx = encode_idx(array);
  write_bytes(folder / "x.gz", gzip(idx));
  const Json info = data_info(folder / "x.gz");
  EXPECT_EQ(info.at("format"), "idx");
  EXPECT_EQ(info.at("compressed"), true);
  EXPECT_EQ(info.at("shape"), Json({2, 2, 2}));
  EXPECT_EQ(info.at("dtype"), "u8");
  EXPECT_EQ(info.at("min"), 0);
  EXPECT_EQ(info.at("max"), 255);
  EXPECT_EQ(info.at("mean"), 76.25);
  EXPECT_EQ(info.at("sha256"), io::sha256_hex(gzip(idx)));
  EXPECT_EQ(info.at("decoded_sha256"), io::sha256_hex(idx));
  EXPECT_THAT(describe_data_file(folder / "x.gz"),
              ::testing::AllOf(HasSubstr("shape       2 x 2 x 2\n"),
                               HasSubstr("mean        76.25\n"),
                               HasSubstr("\n  ==\n")));
}

TEST(DataInfo, CountsNanAndNamesColumns) {
  const TemporaryFolder folder;
  write_bytes(folder / "x.csv", "a;b\n1;nan\n3;inf\n");
  const Json info = data_info(folder / "x.csv");
  EXPECT_EQ(info.at("nan_count"), 1);
  EXPECT_EQ(info.at("infinite_count"), 1);
  EXPECT_EQ(info.at("mean"), 2);
  EXPECT_EQ(info.at("columns"), Json({"a", "b"}));
  EXPECT_THAT(describe_data_file(folder / "x.csv"), HasSubstr("columns     a, b\n"));
  write_bytes(folder / "n.csv", "nan\n");
  EXPECT_TRUE(data_info(folder / "n.csv").at("min").is_null());
}

// What pandas writes: columns without a name of their own, and an index without any.
TEST(DataInfo, SaysHowAFirstLineWasRead) {
  const TemporaryFolder folder;
  write_bytes(folder / "num.csv", "0,1,2\n0.377,-0.396,1.921\n0.315,-1.607,1.085\n");
  const Json numbers = data_info(folder / "num.csv");
  EXPECT_EQ(numbers.at("shape"), Json({2, 3}));
  EXPECT_EQ(numbers.at("columns"), Json({"0", "1", "2"}));
  EXPECT_THAT(describe_data_file(folder / "num.csv"),
              ::testing::AllOf(HasSubstr("read as the header"), HasSubstr("data.header: none")));
  write_bytes(folder / "index.csv", ",a,b\n0,0.377,-0.396\n1,0.315,-1.607\n");
  EXPECT_EQ(data_info(folder / "index.csv").at("shape"), Json({2, 3}));
  EXPECT_THAT(describe_data_file(folder / "index.csv"),
              ::testing::AllOf(HasSubstr("columns     (empty), a, b"),
                               HasSubstr("the name of column 1 is empty"),
                               HasSubstr("data.columns")));
}

TEST(DataInfo, CountsClassesOfLabels) {
  const TemporaryFolder folder;
  Array array;
  array.shape = {5};
  array.bytes = {3, 1, 3, 3, 0};
  write_bytes(folder / "labels", encode_idx(array));
  EXPECT_EQ(data_info(folder / "labels").at("classes"), Json({{"0", 1}, {"1", 1}, {"3", 3}}));
  EXPECT_THAT(describe_data_file(folder / "labels"), HasSubstr("classes     0: 1  1: 1  3: 3\n"));
}

TEST(DataInfo, ABrokenFileIsRefused) {
  const TemporaryFolder folder;
  write_bytes(folder / "x.npy", "\x93NUMPY");
  EXPECT_THAT(data_error_of([&] { data_info(folder / "x.npy"); }),
              HasSubstr("x.npy: byte 6: expected an NPY header"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
