#include "elbow/data/sources/table_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>
#include <filesystem>

#include "elbow/data/sources/formats.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

class TableWriterTest : public ::testing::Test {
 protected:
  TableWriterTest() {
    std::string pattern = ::testing::TempDir() + "elbow_rows_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~TableWriterTest() override { std::filesystem::remove_all(folder_); }
  std::string file(const std::string& name) const { return folder_ + "/" + name; }

  std::string folder_;
};

// 0.1 + 0.2 needs 17 digits; a number at 1e8 with a scale of 1 keeps its own.
const std::vector<double> kValues{0.1 + 0.2, 1e8 + 1.0 / 3, -0.0, std::nan(""), 5e-324, 1e300};

TEST_F(TableWriterTest, PartsAreTheSameFileAsTheWhole) {
  for (const std::string name : {"t.csv", "t.npy"}) {
    TableWriter whole(file(name), {3, {2}, Element::f64, {"a", "b"}});
    whole.append(kValues.data(), 3);
    whole.commit();
    TableWriter parts(file("parts-" + name), {3, {2}, Element::f64, {"a", "b"}});
    parts.append(kValues.data(), 1);
    parts.append(kValues.data() + 2, 2);
    EXPECT_FALSE(std::filesystem::exists(file("parts-" + name)));
    parts.commit();
    EXPECT_EQ(io::read_file(file("parts-" + name)), io::read_file(file(name)));
  }
}

TEST_F(TableWriterTest, EveryNumberComesBackWithItsBits) {
  for (const std::string name : {"t.csv", "t.npy"}) {
    TableWriter writer(file(name), {3, {2}, Element::f64, {}});
    writer.append(kValues.data(), 3);
    writer.commit();
    const auto found = to_double(read_any(file(name)));
    ASSERT_EQ(found.size(), kValues.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_TRUE(found[i] == kValues[i] || (std::isnan(found[i]) && std::isnan(kValues[i])))
          << name << " " << i;
  }
  const float single[] = {0.1f, 16777217.0f, -std::nanf("")};
  TableWriter writer(file("f.csv"), {3, {1}, Element::f32, {}});
  writer.append(single, 3);
  writer.commit();
  EXPECT_EQ(io::read_file(file("f.csv")), "0.100000001\n16777216\nnan\n");
}

TEST_F(TableWriterTest, TheHeaderNamesColumnsAndQuotesWhatMustBe) {
  TableWriter writer(file("t.csv"), {1, {3}, Element::f64, {"petal width", "a,b", "say \"x\""}});
  const double row[] = {1, 2, 3};
  writer.append(row, 1);
  writer.commit();
  EXPECT_EQ(io::read_file(file("t.csv")), "\"petal width\",\"a,b\",\"say \"\"x\"\"\"\n1,2,3\n");
  EXPECT_EQ(read_csv(file("t.csv")).columns,
            (std::vector<std::string>{"petal width", "a,b", "say \"x\""}));
}

// Old code filled the memory with what it then could not write.
TEST_F(TableWriterTest, MoreRowsThanTheDiskTakesAreRefusedBeforeAnythingIsWritten) {
  const std::int64_t many = std::int64_t{1} << 55;
  for (const std::string name : {"big.npy", "big.csv"})
    EXPECT_THROW(TableWriter(file(name), {many, {784}, Element::f32, {}}), UsageError) << name;
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
  EXPECT_THROW(TableWriter(file("t.png"), {1, {1}, Element::f32, {}}), UsageError);
}

TEST_F(TableWriterTest, ATableThatLacksRowsIsNotCommitted) {
  {
    TableWriter writer(file("t.npy"), {3, {2}, Element::f64, {}});
    writer.append(kValues.data(), 2);
    EXPECT_THROW(writer.commit(), std::logic_error);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
