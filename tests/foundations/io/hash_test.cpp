#include "elbow/foundations/io/hash.h"

#include "io_test_support.h"

namespace elbow::io {
namespace ELBOW_TEST_FILE {

TEST(Sha256, KnownVectorsOfFips180) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, StreamInPiecesEqualsTheWhole) {
  const std::string bytes = random_bytes(3000, 1);
  Sha256 stream;
  for (std::size_t at = 0; at < bytes.size(); at += 77) {
    stream.update(bytes.data() + at, std::min<std::size_t>(77, bytes.size() - at));
  }
  EXPECT_EQ(stream.hex(), sha256_hex(bytes));
  EXPECT_THROW(stream.hex(), std::logic_error);
  EXPECT_THROW(stream.update("a", 1), std::logic_error);
}

TEST(Sha256, OfAFileEqualsThatOfItsBytes) {
  const TempDir dir;
  for (const std::size_t size : {0, 1, 1048576, 2500000}) {
    const std::string bytes = random_bytes(size, size);
    put(dir.file("a"), bytes);
    EXPECT_EQ(sha256_file(dir.file("a")), sha256_hex(bytes));
  }
  EXPECT_TRUE(has(message_of<DataError>([&] { sha256_file(dir.file("none")); }), "No such file"));
  EXPECT_TRUE(has(message_of<DataError>([&] { sha256_file(dir.path()); }), "it is a directory"));
}

TEST(Crc32c, KnownVectorsOfRfc3720) {
  std::string ascending(32, '\0'), descending(32, '\0');
  for (int i = 0; i < 32; ++i) {
    ascending[static_cast<std::size_t>(i)] = static_cast<char>(i);
    descending[static_cast<std::size_t>(i)] = static_cast<char>(31 - i);
  }
  for (const auto sum : {crc32c, crc32c_portable}) {
    const auto of = [&](const std::string& bytes) { return sum(bytes.data(), bytes.size(), 0); };
    EXPECT_EQ(of(""), 0u);
    EXPECT_EQ(of("123456789"), 0xE3069283u);
    EXPECT_EQ(of(std::string(32, '\0')), 0x8A9136AAu);
    EXPECT_EQ(of(std::string(32, '\xff')), 0x62A8AB43u);
    EXPECT_EQ(of(ascending), 0x46DD794Eu);
    EXPECT_EQ(of(descending), 0x113FDB5Cu);
  }
}

TEST(Crc32c, BothWaysAgreeAtEveryLengthAlignmentAndSplit) {
  const std::string bytes = random_bytes(300, 2);
  for (std::size_t begin = 0; begin < 9; ++begin) {
    for (std::size_t size = 0; begin + size <= bytes.size(); ++size) {
      const char* data = bytes.data() + begin;
      const std::uint32_t whole = crc32c(data, size);
      ASSERT_EQ(whole, crc32c_portable(data, size));
      const std::size_t cut = size / 3;
      ASSERT_EQ(whole, crc32c(data + cut, size - cut, crc32c(data, cut)));
    }
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::io
