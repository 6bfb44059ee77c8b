#include <gmock/gmock.h>

#include <cmath>
#include <cstring>

#include "elbow/data/sources/formats.h"
#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

/// A version-1 file with the given header text and data.
std::string npy(const std::string& dictionary, const std::string& data) {
  const std::string header = dictionary + "\n";
  std::string out = "\x93NUMPY\x01";
  out += '\0';
  out += static_cast<char>(header.size() & 255);
  out += static_cast<char>(header.size() >> 8);
  return out + header + data;
}

std::string dictionary(const std::string& type,
                       const std::string& shape,
                       const std::string& order = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

std::string error_of(const std::string& bytes) {
  return data_error_of([&] { decode_npy(bytes, "x.npy"); });
}

template <class T>
std::string raw(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(std::data(values)), values.size() * sizeof(T)};
}

TEST(Npy, EncodedArraysDecodeToThemselves) {
  for (const Element element : {Element::u8,
                                Element::i8,
                                Element::u16,
                                Element::i16,
                                Element::u32,
                                Element::i32,
                                Element::u64,
                                Element::i64,
                                Element::f32,
                                Element::f64,
                                Element::boolean}) {
    for (const std::vector<std::int64_t>& shape :
         {std::vector<std::int64_t>{6}, {3, 2}, {1, 2, 3}}) {
      Array array;
      array.element = element;
      array.shape = shape;
      for (std::size_t i = 0; i < 6 * element_size(element); ++i)
        array.bytes.push_back(static_cast<unsigned char>(i % 2));
      const std::string bytes = encode_npy(array);
      EXPECT_EQ((bytes.size() - array.bytes.size()) % 64, 0u) << "NumPy aligns the data";
      const Array back = decode_npy(bytes, "x");
      EXPECT_EQ(back.element, element);
      EXPECT_EQ(back.shape, shape);
      EXPECT_EQ(back.bytes, array.bytes);
    }
  }
}

TEST(Npy, BigEndianIsTurnedRound) {
  const Array array =
      decode_npy(npy(dictionary(">i2", "(2,)"), std::string("\x01\x02\xff\xfe", 4)), "x");
  EXPECT_EQ(array.as<std::int16_t>()[0], 258);
  EXPECT_EQ(array.as<std::int16_t>()[1], -2);
}

TEST(Npy, FortranOrderBecomesCOrder) {
  const Array array = decode_npy(npy(dictionary("|u1", "(2, 3)", "True"), "adbecf"), "x");
  EXPECT_EQ(std::string(array.bytes.begin(), array.bytes.end()), "abcdef");
  const Array cube = decode_npy(npy(dictionary("|u1", "(2, 2, 2)", "True"), "aebfcgdh"), "x");
  // Element (i, j, k) lies at i + 2 j + 4 k in Fortran order.
  EXPECT_EQ(std::string(cube.bytes.begin(), cube.bytes.end()), "acbdegfh");
}

TEST(Npy, HalfPrecisionBecomesSingle) {
  const Array array =
      decode_npy(npy(dictionary("<f2", "(6,)"),
                     raw<std::uint16_t>({0x3C00, 0xC000, 0x7BFF, 0x0001, 0x7C00, 0x7E00})),
                 "x");
  ASSERT_EQ(array.element, Element::f32);
  const float* values = array.as<float>();
  EXPECT_EQ(values[0], 1.0f);
  EXPECT_EQ(values[1], -2.0f);
  EXPECT_EQ(values[2], 65504.0f);
  EXPECT_EQ(values[3], std::ldexp(1.0f, -24));
  EXPECT_TRUE(std::isinf(values[4]));
  EXPECT_TRUE(std::isnan(values[5]));
}

TEST(Npy, VersionsTwoAndThreeHaveAFourByteLength) {
  const std::string header = dictionary("|u1", "(2,)") + "\n";
  for (const char version : {'\2', '\3'}) {
    std::string bytes = std::string("\x93NUMPY") + version + std::string(1, '\0') +
                        static_cast<char>(header.size()) + std::string(3, '\0') + header + "ab";
    EXPECT_EQ(decode_npy(bytes, "x").shape, (std::vector<std::int64_t>{2}));
    bytes.replace(8, 4, "\xff\xff\xff\xff");
    EXPECT_THAT(error_of(bytes),
                HasSubstr("byte 8: expected a header of at most 65536 bytes, found 4294967295"));
  }
  EXPECT_THAT(error_of(std::string("\x93NUMPY\x04\0", 8) + header + "ab"),
              HasSubstr("byte 6: expected NPY version 1, 2 or 3, found 4"));
}

TEST(Npy, HeaderLengthBeyondTheFileIsRefused) {
  std::string bytes = npy(dictionary("<f4", "(1,)"), "");
  bytes.resize(77, ' ');
  bytes[8] = bytes[9] = '\xff';
  EXPECT_THAT(
      error_of(bytes),
      HasSubstr(
          "byte 8: expected a header within the 77 bytes of the file, found one of 65535 bytes"));
}

TEST(Npy, AClaimOfManyGibibytesIsRefusedBeforeAnythingIsAllocated) {
  const std::string text = dictionary("<f8", "(65536, 65536)");
  EXPECT_THAT(error_of(npy(text, "12345678")),
              HasSubstr("bytes for 65536 x 65536 values of 8 bytes, found"));
  EXPECT_THAT(error_of(npy(dictionary("<f8", "(4294967296, 4294967296)"), "")),
              HasSubstr("a size below 2^64 bytes"));
  EXPECT_THAT(data_error_of([&] { inflate_gzip(gzip(npy(text, "12345678")), "x"); }),
              HasSubstr("a header that declares 34359738"));
}

TEST(Npy, ObjectAndStructuredTypesAreRefused) {
  EXPECT_THAT(error_of(npy(dictionary("|O", "(1,)"), "12345678")),
              HasSubstr("'|O', an object array (a pickle)"));
  EXPECT_THAT(
      error_of(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "1234")),
      HasSubstr("found a structured type"));
  EXPECT_THAT(error_of(npy(dictionary("<c8", "(1,)"), "12345678")),
              HasSubstr("expected a type of u1 to u8, i1 to i8, f2 to f8 or b1, found '<c8'"));
}

TEST(Npy, SizesOutsideTheRangeAreRefused) {
  EXPECT_THAT(error_of(npy(dictionary("<f4", "(-1,)"), "1234")),
              HasSubstr("expected a size, a whole number of at least 0, found '-'"));
  EXPECT_THAT(error_of(npy(dictionary("<f4", "(18446744073709551616,)"), "1234")),
              HasSubstr("expected a size below 2^64"));
  EXPECT_THAT(error_of(npy(dictionary("<f4", "(0, 3)"), "")),
              HasSubstr("expected dimensions of at least 1, found 0 x 3"));
  EXPECT_THAT(error_of(npy(dictionary("<f4", "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)"), "1234")),
              HasSubstr("expected at most 16 dimensions"));
}

TEST(Npy, BrokenHeadersAreRefused) {
  EXPECT_THAT(error_of(""), HasSubstr("found an empty file"));
  EXPECT_THAT(error_of("\x93NUM"), HasSubstr("byte 0: expected the NPY magic number"));
  EXPECT_THAT(error_of("\x93NUMPY\x01"),
              HasSubstr("expected an NPY header, found the end of the file"));
  std::string no_newline = npy(dictionary("|u1", "(1,)"), "a");
  no_newline[no_newline.size() - 2] = ' ';
  EXPECT_THAT(error_of(no_newline), HasSubstr("expected a newline at the end of the NPY header"));
  EXPECT_THAT(error_of(npy("{'descr': '|u1', 'shape': (1,), }", "a")),
              HasSubstr("expected the keys descr, fortran_order and shape, found 2 of them"));
  EXPECT_THAT(error_of(npy("{'descr': '|u1', 'descr': '|u1', 'shape': (1,), }", "a")),
              HasSubstr("expected each key once"));
  EXPECT_THAT(error_of(npy("{'descr': '|u1', 'evil': __import__('os'), }", "a")),
              HasSubstr("found 'evil'"));
  EXPECT_THAT(error_of(npy(dictionary("|u1", "(1,)") + "; print()", "a")),
              HasSubstr("expected nothing after the dictionary"));
}

TEST(Npy, EveryTruncationAndTrailingBytesAreRefused) {
  const std::string whole = npy(dictionary("<f4", "(2, 2)"), std::string(16, '\1'));
  ASSERT_EQ(error_of(whole), "");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_THAT(error_of(whole.substr(0, size)), HasSubstr("x.npy: byte ")) << size;
  EXPECT_THAT(error_of(whole + "x"), HasSubstr("(trailing bytes)"));
}

TEST(Array, FloatCopiesOfEveryTypeHaveTheSameValues) {
  for (const Element element : {Element::u8,
                                Element::i8,
                                Element::u16,
                                Element::i16,
                                Element::u32,
                                Element::i32,
                                Element::u64,
                                Element::i64,
                                Element::boolean}) {
    Array array;
    array.element = element;
    array.shape = {2};
    array.bytes.assign(2 * element_size(element), 0);
    array.bytes[element_size(element)] = 1;
    EXPECT_EQ(to_float(array), (std::vector<float>{0.0f, 1.0f})) << element_name(element);
  }
  Array real;
  real.element = Element::f64;
  real.shape = {1};
  real.bytes.resize(8);
  real.as<double>()[0] = -0.25;
  EXPECT_EQ(to_float(real), std::vector<float>{-0.25f});
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
