#include "elbow/foundations/observe/tensorboard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "elbow/foundations/core/error.h"
#include "temporary_folder.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

/// Bit by bit, from the polynomial: another way than the table in io/hash.h.
std::uint32_t slow_masked_crc(const std::string& bytes) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
  }
  crc = ~crc;
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

template <class T>
T load(const std::string& bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);  // tests run on little-endian machines
  return value;
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> payloads(const std::string& bytes) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto size = load<std::uint64_t>(bytes, at);
    EXPECT_EQ(load<std::uint32_t>(bytes, at + 8), slow_masked_crc(bytes.substr(at, 8)));
    out.push_back(bytes.substr(at + 12, size));
    EXPECT_EQ(load<std::uint32_t>(bytes, at + 12 + size), slow_masked_crc(out.back()));
    at += 16 + size;
  }
  return out;
}

TEST(TensorBoard, RecordsAreFramedWithMaskedChecksums) {
  const TemporaryFolder folder;
  {
    TensorBoardWriter writer(folder.path(), 7);
    writer.scalars(7, {{"train/elbo", -1.5}});
  }
  const auto files = files_in(folder.path());
  ASSERT_EQ(files.size(), 1u);
  const auto events = payloads(slurp(files[0]));
  ASSERT_EQ(events.size(), 3u);
  // Field 1 (wall time, 9 bytes), then field 2 = 7, then the file version; START is field 7 with 08
  // 01.
  const std::string version = std::string("\x10\x07\x1a\x0d", 4) + "brain.Event:2";
  EXPECT_EQ(events[0].substr(9), version);
  EXPECT_EQ(events[1].substr(9), std::string("\x10\x07\x3a\x02\x08\x01", 6));
  // Summary { value { tag: "train/elbo" simple_value: -1.5 } }
  EXPECT_EQ(events[2].substr(9),
            std::string("\x10\x07\x2a\x13\x0a\x11\x0a\x0atrain/elbo\x15", 19) +
                std::string("\x00\x00\xc0\xbf", 4));
}

TEST(TensorBoard, ScalarsComeBackAsWritten) {
  const TemporaryFolder folder;
  {
    TensorBoardWriter writer(folder.path(), 0);
    for (int step = 0; step < 300; step += 100)
      writer.scalars(step,
                     {{"train/elbo", -0.5 * step}, {"train/kl", INFINITY}, {"x", std::nan("")}});
    writer.image(300, "samples", std::string("\x89PNG", 4), 3, 2);
    writer.hyperparameters(300, {{"seed", "1"}, {"name", "vae"}});
    writer.scalars(std::int64_t{1} << 40, {{"train/elbo", 3.25}});
    writer.flush();
    EXPECT_EQ(writer.failures(), 0);
  }
  const auto scalars = read_tensorboard_scalars(files_in(folder.path())[0]);
  ASSERT_EQ(scalars.size(), 10u);
  EXPECT_EQ(scalars[6].step, 200);
  EXPECT_EQ(scalars[6].tag, "train/elbo");
  EXPECT_EQ(scalars[6].value, -100);
  EXPECT_EQ(scalars[7].value, INFINITY);
  EXPECT_TRUE(std::isnan(scalars[8].value));
  EXPECT_EQ(scalars[9].step, std::int64_t{1} << 40);
}

TEST(TensorBoard, ReaderStopsAtTruncationsAndBitFlips) {
  const TemporaryFolder folder;
  {
    TensorBoardWriter writer(folder.path(), 1);
    for (int step = 1; step <= 3; ++step) writer.scalars(step, {{"a", step}});
  }
  const std::string bytes = slurp(files_in(folder.path())[0]);
  const std::size_t record = 16 + payloads(bytes).back().size();
  const std::size_t first = bytes.size() - 3 * record;
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    spill(folder / "torn", bytes.substr(0, length));
    const std::size_t whole = length < first ? 0 : (length - first) / record;
    EXPECT_EQ(read_tensorboard_scalars(folder / "torn").size(), whole) << length;
  }
  for (std::size_t bit = 0; bit < 8 * bytes.size(); bit += 7) {  // every byte, each bit in turn
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    spill(folder / "flipped", flipped);
    const std::size_t intact = bit / 8 < first ? 0 : (bit / 8 - first) / record;
    EXPECT_EQ(read_tensorboard_scalars(folder / "flipped").size(), intact) << bit;
  }
}

TEST(TensorBoard, EachStartOpensALaterFileAndLeavesTheOldOnes) {
  const TemporaryFolder folder;
  // From a clock that went ahead: TensorBoard would read new events before old ones.
  spill(folder / "events.out.tfevents.4000000000.host.1.0", "old");
  { TensorBoardWriter writer(folder.path(), 1); }
  { TensorBoardWriter writer(folder.path(), 5); }
  const auto files = files_in(folder.path());
  ASSERT_EQ(files.size(), 3u);
  EXPECT_EQ(slurp(files[0]), "old");
  EXPECT_NE(files[1].find("tfevents.4000000001."), std::string::npos) << files[1];
  EXPECT_EQ(payloads(slurp(files[2]))[1].substr(9), std::string("\x10\x05\x3a\x02\x08\x01", 6));
}

TEST(TensorBoard, RollbackBeginsAFileThatPurgesTheRepeatedSteps) {
  const TemporaryFolder folder;
  {
    TensorBoardWriter writer(folder.path(), 1);
    for (const int step : {1, 2, 3, 2, 3}) writer.scalars(step, {{"a", step}});
  }
  const auto files = files_in(folder.path());
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(read_tensorboard_scalars(files[0]).size(), 3u);
  EXPECT_EQ(read_tensorboard_scalars(files[1]).size(), 2u);
  EXPECT_EQ(payloads(slurp(files[1]))[1].substr(9), std::string("\x10\x02\x3a\x02\x08\x01", 6));
}

TEST(TensorBoard, FolderThatCannotBeMadeIsCountedAndWarnedOnce) {
  ::testing::internal::CaptureStderr();
  TensorBoardWriter writer("/dev/null/tensorboard", 1);
  writer.scalars(1, {{"a", 1}});
  writer.scalars(2, {{"a", 1}});
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(writer.failures(), 3);
  EXPECT_NE(said.find("warning:"), std::string::npos);
  EXPECT_EQ(said.find("warning:"), said.rfind("warning:")) << said;
}

TEST(TensorBoard, MissingFileIsADataError) {
  EXPECT_THROW(read_tensorboard_scalars("/nonexistent/events"), DataError);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
