#include <gmock/gmock.h>

#include <cstring>

#include "elbow/data/sources/formats.h"
#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string bytes_of(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out += static_cast<char>(value);
  return out;
}

Array small_images() {
  Array array;
  array.shape = {2, 2, 3};
  array.bytes = {0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255};
  return array;
}

std::string decode_error(const std::string& bytes) {
  return data_error_of([&] { decode_idx(bytes, "x.idx"); });
}

std::string read_error(const TemporaryFolder& folder, const std::string& bytes) {
  write_bytes(folder / "x.gz", bytes);
  return data_error_of([&] { read_idx(folder / "x.gz"); });
}

TEST(Idx, EncodedArraysDecodeToThemselves) {
  for (const Element element :
       {Element::u8, Element::i8, Element::i16, Element::i32, Element::f32, Element::f64}) {
    Array array;
    array.element = element;
    array.shape = {3, 2};
    for (std::size_t i = 0; i < 6 * element_size(element); ++i)
      array.bytes.push_back(static_cast<unsigned char>(i * 37));
    const Array back = decode_idx(encode_idx(array), "x");
    EXPECT_EQ(back.element, element);
    EXPECT_EQ(back.shape, array.shape);
    EXPECT_EQ(back.bytes, array.bytes) << element_name(element);
  }
}

TEST(Idx, ValuesAreBigEndianInTheFile) {
  const Array array =
      decode_idx(bytes_of({0, 0, 0x0B, 1, 0, 0, 0, 2, 0x01, 0x02, 0xFF, 0xFE}), "x");
  EXPECT_EQ(array.as<std::int16_t>()[0], 258);
  EXPECT_EQ(array.as<std::int16_t>()[1], -2);
}

TEST(Idx, EveryTruncationIsRefusedWithItsOffset) {
  const std::string whole = encode_idx(small_images());
  ASSERT_EQ(decode_error(whole), "");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(decode_error(whole.substr(0, size)),
                AllOf(HasSubstr("x.idx: byte " + std::to_string(size) + ": expected"),
                      HasSubstr(size == 0 ? "the file is empty" : "cut short")));
  }
}

TEST(Idx, EveryTruncationOfAGzipIsRefused) {
  const TemporaryFolder folder;
  const std::string whole = gzip(encode_idx(small_images()));
  ASSERT_EQ(read_error(folder, whole), "");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(read_error(folder, whole.substr(0, size)), "") << size;
  EXPECT_THAT(read_error(folder, whole.substr(0, whole.size() - 9)),
              HasSubstr("the end of the file | the file is damaged or cut short"));
}

TEST(Idx, WrongMagicIsShown) {
  EXPECT_THAT(decode_error("PNG..."),
              AllOf(HasSubstr("x.idx: byte 0: expected an IDX magic number"),
                    HasSubstr("found 0x504e472e")));
  EXPECT_THAT(decode_error(bytes_of({0, 0, 7, 1, 0, 0, 0, 1, 5})),
              HasSubstr("byte 2: expected an IDX element type"));
  EXPECT_THAT(decode_error(bytes_of({0, 0, 8, 0, 0, 0, 0, 1, 5})),
              HasSubstr("byte 3: expected 1 to 4 dimensions, found 0"));
  EXPECT_THAT(decode_error(bytes_of({0, 0, 8, 5, 0, 0, 0, 1, 5})),
              HasSubstr("byte 3: expected 1 to 4 dimensions, found 5"));
}

TEST(Idx, GzippedTwiceIsExplained) {
  const TemporaryFolder folder;
  EXPECT_THAT(read_error(folder, gzip(gzip(encode_idx(small_images())))),
              HasSubstr("gzipped twice?"));
}

TEST(Idx, DimensionZeroIsRefused) {
  EXPECT_THAT(decode_error(bytes_of({0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 0})),
              HasSubstr("byte 8: expected a dimension of at least 1, found 0"));
}

TEST(Idx, HugeDimensionsAreRefusedBeforeAnythingIsAllocated) {
  const std::string one = bytes_of({0, 0, 8, 1, 255, 255, 255, 255, 1});
  EXPECT_THAT(decode_error(one),
              HasSubstr("expected 4294967303 bytes for 4294967295 values of type u8, found 9"));
  std::string four = bytes_of({0, 0, 0x0E, 4}) + std::string(16, '\xff') + "data";
  EXPECT_THAT(decode_error(four),
              HasSubstr("expected a size below 2^64 bytes, found 4294967295 x 4294967295"));
  // 2^16 * 2^16 * 2^16 * 2^16 = 2^64 wraps to 0 in 64 bits.
  std::string wrapping = bytes_of({0, 0, 8, 4});
  for (int i = 0; i < 4; ++i) wrapping += bytes_of({0, 1, 0, 0});
  EXPECT_THAT(decode_error(wrapping),
              HasSubstr("expected a size below 2^64 bytes, found 65536 x 65536 x 65536 x 65536"));
}

TEST(Idx, HugeDimensionsInsideAGzipAreRefused) {
  const TemporaryFolder folder;
  EXPECT_THAT(
      read_error(folder,
                 gzip(bytes_of({0, 0, 8, 1, 255, 255, 255, 255}) + std::string(200000, '\1'))),
      AllOf(HasSubstr("1032 x"), HasSubstr("a header that declares 4294967303 bytes")));
  std::string wrapping = bytes_of({0, 0, 8, 4});
  for (int i = 0; i < 4; ++i) wrapping += bytes_of({0, 1, 0, 0});
  EXPECT_THAT(read_error(folder, gzip(wrapping + std::string(200000, '\0'))),
              HasSubstr("declares 2^64 or more bytes"));
}

TEST(Idx, TrailingBytesAreRefused) {
  const TemporaryFolder folder;
  const std::string whole = encode_idx(small_images());
  EXPECT_THAT(decode_error(whole + "x"),
              HasSubstr("x.idx: byte 28: expected 28 bytes for 2 x 2 x 3 values of type u8, found "
                        "29 (trailing bytes)"));
  EXPECT_THAT(read_error(folder, gzip(whole + std::string(200000, 'x'))),
              HasSubstr("trailing bytes"));
  EXPECT_THAT(read_error(folder, gzip(whole) + "more"),
              HasSubstr("expected the end of the file after the gzip stream, found 4 more bytes"));
}

TEST(Idx, AShortArrayInsideAGzipIsRefused) {
  const TemporaryFolder folder;
  Array large;
  large.shape = {500, 500};
  for (unsigned i = 0; i < 250000; ++i)
    large.bytes.push_back(static_cast<unsigned char>(i * i >> 7));
  const std::string whole = encode_idx(large);
  EXPECT_THAT(read_error(folder, gzip(whole.substr(0, 200000))),
              HasSubstr("byte 200000: expected 250012 bytes when inflated, as the header inside "
                        "declares, found 200000 bytes"));
}

TEST(Idx, AFlippedChecksumOfAGzipIsRefused) {
  const TemporaryFolder folder;
  std::string whole = gzip(encode_idx(small_images()));
  whole[whole.size() - 6] = static_cast<char>(whole[whole.size() - 6] ^ 1);
  EXPECT_THAT(read_error(folder, whole),
              HasSubstr("expected a whole gzip stream, found incorrect data check"));
  whole = gzip(encode_idx(small_images()));
  whole[whole.size() - 1] = static_cast<char>(whole[whole.size() - 1] ^ 1);
  EXPECT_THAT(read_error(folder, whole), HasSubstr("found incorrect length check"));
}

TEST(Idx, AMissingFileIsNamed) {
  EXPECT_THAT(data_error_of([] { read_idx("/no/such/file"); }), HasSubstr("/no/such/file"));
}

TEST(Gzip, IsTheSameEachTimeAndCarriesNeitherNameNorTime) {
  const std::string once = gzip("some bytes");
  EXPECT_EQ(once, gzip("some bytes"));
  EXPECT_EQ(once.substr(0, 8), std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00", 8));
  EXPECT_EQ(inflate_gzip(once, "x"), "some bytes");
}

TEST(Gzip, LongTextOfUndeclaredLengthComesBackWhole) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += std::to_string(i) + ",";
  EXPECT_EQ(inflate_gzip(gzip(text), "x"), text);
  EXPECT_EQ(inflate_gzip(gzip(""), "x"), "");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
