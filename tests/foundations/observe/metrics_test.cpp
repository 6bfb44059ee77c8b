#include "elbow/foundations/observe/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"
#include "temporary_folder.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

Json record(int step, double elbo) {
  return Json{{"step", step}, {"split", "train"}, {"elbo", elbo}};
}

TEST(Metrics, RecordsComeBackAsWritten) {
  const TemporaryFolder folder;
  const std::string path = folder / "metrics.jsonl";
  MetricsWriter writer(path);
  for (int step = 0; step < 100; ++step) writer.write(record(step, -0.1 * step));
  writer.flush();
  EXPECT_EQ(writer.failures(), 0);
  EXPECT_EQ(writer.bytes(), static_cast<std::int64_t>(slurp(path).size()));
  const auto records = read_metrics(path);
  ASSERT_EQ(records.size(), 100u);
  for (int step = 0; step < 100; ++step) EXPECT_EQ(records[step], record(step, -0.1 * step));
}

TEST(Metrics, NonFiniteNumbersBecomeNull) {
  const TemporaryFolder folder;
  const std::string path = folder / "metrics.jsonl";
  MetricsWriter(path).write(record(1, std::nan("")));
  MetricsWriter(path).write(record(2, -INFINITY));
  EXPECT_EQ(slurp(path),
            "{\"step\":1,\"split\":\"train\",\"elbo\":null}\n{\"step\":2,\"split\":\"train\","
            "\"elbo\":null}\n");
}

TEST(Metrics, BytesThatAreNoUtf8DoNotStopTraining) {
  const TemporaryFolder folder;
  const std::string path = folder / "metrics.jsonl";
  MetricsWriter(path).write(Json{{"name", "a\xFF"}});
  EXPECT_EQ(read_metrics(path).at(0)["name"], "a\xEF\xBF\xBD");
}

TEST(Metrics, ResumeCutsBackToTheCheckpoint) {
  const TemporaryFolder folder;
  const std::string path = folder / "metrics.jsonl";
  std::int64_t kept = 0;
  {
    MetricsWriter writer(path);
    writer.write(record(1, -3));
    kept = writer.bytes();
    writer.write(record(2, -2));
  }
  MetricsWriter writer(path, kept);
  EXPECT_EQ(writer.bytes(), kept);
  writer.write(record(2, -1));
  const auto records = read_metrics(path);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1]["elbo"], -1);
  // To nothing, and to more than is there.
  EXPECT_EQ(MetricsWriter(path, 0).bytes(), 0);
  EXPECT_EQ(slurp(path), "");
  EXPECT_EQ(MetricsWriter(path, 1000).bytes(), 0);
}

TEST(Metrics, TornLastLineIsLeftOutAndThenCutOff) {
  const TemporaryFolder folder;
  const std::string path = folder / "metrics.jsonl";
  MetricsWriter(path).write(record(1, -3));
  const std::string whole = slurp(path);
  const std::string torn = "{\"step\": 2, \"elbo\": -";
  for (std::size_t length = 0; length <= torn.size(); ++length) {
    spill(path, whole + torn.substr(0, length));
    EXPECT_EQ(read_metrics(path).size(), 1u);
    MetricsWriter writer(path);
    writer.write(record(2, -2));
    EXPECT_EQ(read_metrics(path).size(), 2u) << length;
  }
}

TEST(Metrics, MalformedRecordNamesItsLine) {
  const TemporaryFolder folder;
  const std::string path = folder / "metrics.jsonl";
  for (const char* bad : {"{\"step\": 2,", "[1]", "{} {}", "nul"}) {
    spill(path, std::string("{\"step\": 1}\n") + bad + "\n{\"step\": 3}\n");
    try {
      read_metrics(path);
      FAIL() << bad;
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find("metrics.jsonl:2:"), std::string::npos)
          << error.what();
    }
  }
}

TEST(Metrics, FullDeviceIsCountedAndWarnedOnce) {
  ::testing::internal::CaptureStderr();
  MetricsWriter writer("/dev/full");
  for (int step = 0; step < 3; ++step) writer.write(record(step, 0));
  writer.flush();
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(writer.failures(), 3);
  EXPECT_EQ(writer.bytes(), 0);
  EXPECT_EQ(said.find("warning: /dev/full"), said.rfind("warning:")) << said;
  EXPECT_NE(said.find("warning:"), std::string::npos) << said;
}

/// A disk that takes half of a record and is full then, until told otherwise.
struct FillingDisk : io::Sys {
  bool is_full = true;
  int num_writes = 0;
  ssize_t write(int fd, const void* data, std::size_t size) override {
    if (!is_full) return io::Sys::write(fd, data, size);
    if (++num_writes % 2 == 1) return io::Sys::write(fd, data, size / 2);
    errno = ENOSPC;
    return -1;
  }
};

TEST(Metrics, HalfWrittenRecordLeavesNoTraceWhenTheDiskHasSpaceAgain) {
  const TemporaryFolder folder;
  const std::string path = folder / "metrics.jsonl";
  FillingDisk disk;
  const io::ScopedSys scope(disk);
  ::testing::internal::CaptureStderr();
  MetricsWriter writer(path);
  writer.write(record(1, -3));
  disk.is_full = false;
  writer.write(record(2, -2));
  ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(writer.failures(), 1);
  const auto records = read_metrics(path);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0]["step"], 2);
  EXPECT_EQ(writer.bytes(), static_cast<std::int64_t>(slurp(path).size()));
}

TEST(Metrics, FolderThatIsMissingDoesNotThrow) {
  const TemporaryFolder folder;
  ::testing::internal::CaptureStderr();
  MetricsWriter writer(folder / "missing/metrics.jsonl");
  writer.write(record(1, 0));
  ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(writer.failures(), 2);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
