// Files that are no safetensors files: written by hand, cut, and changed at random.
#include "elbow/foundations/io/safetensors.h"
#include "safetensors_test_support.h"

namespace elbow::io {
namespace ELBOW_TEST_FILE {

struct Malformed {
  const char* what;
  std::string bytes;
  std::string message;
};

std::vector<Malformed> malformed_files() {
  const std::string four(4, 'x');
  const auto entry =
      [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
        return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" +
               offsets + "}}";
      };
  const std::string good = entry(R"("F32")", "[1]", "[0,4]");
  const auto two = [](const std::string& first, const std::string& second) {
    return R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)" + first +
           R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)" + second + "}}";
  };
  std::string many_dimensions = "[1";
  for (int i = 1; i < 17; ++i) many_dimensions += ",1";
  many_dimensions += "]";
  const std::string a = "byte 9: tensor \"a\": ";
  return {
      {"empty",
       "",
       "byte 0: expected 8 bytes with the length of the header, the file ends after 0"},
      {"short",
       "1234567",
       "byte 7: expected 8 bytes with the length of the header, the file ends after 7"},
      {"length 2^63",
       little_endian(std::uint64_t{1} << 63) + "{}",
       "byte 0: header length is 9223372036854775808, expected at most 1048576"},
      {"length 2^64-1",
       little_endian(~std::uint64_t{0}) + "{}",
       "byte 0: header length is 18446744073709551615"},
      {"over the cap",
       file_of("{}" + std::string(1 << 20, ' ')),
       "byte 0: header length is 1048578, expected at most 1048576"},
      {"past the end",
       little_endian(100) + "{}",
       "byte 0: header length is 100, the file has only 2 bytes after it"},
      {"no header", little_endian(0) + "{}", "byte 8: expected '{'"},
      {"leading blank", file_of(" {}"), "byte 8: expected '{'"},
      {"array", file_of("[]"), "byte 8: expected '{'"},
      {"cut JSON",
       file_of(R"({"a":)"),
       "byte 13: not valid JSON: the text ends before the value does"},
      {"text after JSON", file_of("{} {}"), "byte 11: not valid JSON: unexpected '{'"},
      {"NUL padding",
       file_of(std::string("{}\0\0", 4)),
       "byte 10: not valid JSON: unexpected byte 0x00"},
      {"not UTF-8", file_of("{\"\xff\":1}"), "byte 10: not valid JSON: unexpected byte 0xFF"},
      {"too deep", file_of(R"({"a":{"shape":[[[1]]]}})"), "byte 24: nested deeper than 4 levels"},
      {"duplicate tensor", file_of(R"({"a":1,"a":1})"), "byte 15: duplicate key \"a\""},
      {"duplicate dtype",
       file_of(R"({"a":{"dtype":"F32","dtype":"F32"}})"),
       "byte 28: duplicate key \"dtype\""},
      {"entry no object",
       file_of(R"({"a":3})"),
       a + "expected an object with dtype, shape and data_offsets"},
      {"unknown key",
       file_of(R"({"a":{"dtype":"U8","shape":[],"data_offsets":[0,1],"x":1}})", "x"),
       a + "unknown key \"x\""},
      {"no dtype",
       file_of(R"({"a":{"shape":[],"data_offsets":[0,1]}})", "x"),
       a + "key 'dtype' is missing"},
      {"no shape",
       file_of(R"({"a":{"dtype":"U8","data_offsets":[0,1]}})", "x"),
       a + "key 'shape' is missing"},
      {"no offsets",
       file_of(R"({"a":{"dtype":"U8","shape":[]}})"),
       a + "key 'data_offsets' is missing"},
      {"unknown dtype",
       file_of(entry(R"("F8_E4M3")", "[4]", "[0,4]"), four),
       a + "unknown dtype \"F8_E4M3\", expected one of F64 F32 F16"},
      {"dtype no string",
       file_of(entry("7", "[1]", "[0,4]"), four),
       a + "dtype: expected a string"},
      {"shape no list",
       file_of(entry(R"("F32")", "4", "[0,4]"), four),
       a + "shape: expected a list of sizes"},
      {"negative size",
       file_of(entry(R"("F32")", "[-1]", "[0,4]"), four),
       a + "shape: expected whole numbers from 0 to 2^63 - 1, found -1"},
      {"fraction",
       file_of(entry(R"("F32")", "[1.0]", "[0,4]"), four),
       a + "shape: expected whole numbers from 0 to 2^63 - 1, found 1.0"},
      {"text in shape",
       file_of(entry(R"("F32")", R"(["1"])", "[0,4]"), four),
       a + "shape: expected whole numbers from 0 to 2^63 - 1, found string"},
      {"size 2^63",
       file_of(entry(R"("U8")", "[9223372036854775808]", "[0,4]"), four),
       a + "shape: expected whole numbers from 0 to 2^63 - 1, found 9223372036854775808"},
      {"17 dimensions",
       file_of(entry(R"("F32")", many_dimensions, "[0,4]"), four),
       a + "shape has 17 dimensions, expected at most 16"},
      {"product overflows",
       file_of(entry(R"("F64")", "[4294967296,4294967296]", "[0,0]")),
       a + "shape times element size overflows"},
      {"product wraps to 0",
       file_of(entry(R"("U8")", "[4611686018427387904,4]", "[0,0]")),
       a + "shape times element size overflows"},
      {"one offset",
       file_of(entry(R"("F32")", "[1]", "[0]"), four),
       a + "data_offsets: expected two whole numbers, begin and end"},
      {"negative offset",
       file_of(entry(R"("F32")", "[1]", "[-4,0]"), four),
       a + "data_offsets: expected two whole numbers"},
      {"offset too large",
       file_of(entry(R"("F32")", "[1]", "[0,18446744073709551616]"), four),
       a + "data_offsets: expected two whole numbers"},
      {"reversed",
       file_of(entry(R"("F32")", "[1]", "[4,0]"), four),
       a + "data_offsets [4, 0] are reversed"},
      {"gap at the begin",
       file_of(entry(R"("F32")", "[1]", "[4,8]"), four + four),
       a + "data_offsets [4, 8] leave a gap: the tensor before ends at 0"},
      {"gap",
       file_of(two("[0,2]", "[3,5]"), "12345"),
       "tensor \"b\": data_offsets [3, 5] leave a gap: the tensor before ends at 2"},
      {"overlap",
       file_of(two("[0,2]", "[1,3]"), "123"),
       "byte 61: tensor \"b\": data_offsets [1, 3] overlap the tensor before, which ends at 2"},
      {"descending", file_of(two("[2,4]", "[0,2]"), "1234"), a + "data_offsets [2, 4] leave a gap"},
      {"past the data",
       file_of(good, "xyz"),
       a + "data_offsets [0, 4] reach past the file, which has 3 bytes of data"},
      {"span too small",
       file_of(entry(R"("F32")", "[2]", "[0,4]"), four),
       a + "shape and dtype need 8 bytes, data_offsets span 4"},
      {"trailing bytes",
       file_of(good, four + "y"),
       "byte " + std::to_string(8 + good.size() + 4) +
           ": expected the end of the file, where the last tensor ends, found 1 more bytes"},
      {"data without tensors", file_of("{}", "y"), "byte 10: expected the end of the file"},
      {"metadata no object",
       file_of(R"({"__metadata__":[]})"),
       "byte 9: __metadata__: expected an object of strings"},
      {"metadata no text",
       file_of(R"({"__metadata__":{"k":1}})"),
       "byte 9: __metadata__: \"k\": expected a string"},
      {"control characters",
       file_of("{\"a\\u001b[31m\":1}"),
       "tensor \"a\\u001b[31m\": expected an object"},
  };
}

TEST(Safetensors, EveryMalformedFileIsRefusedWithItsPlace) {
  for (const auto& file : malformed_files()) {
    const std::string message = refusal(file.bytes);
    EXPECT_EQ(message.rfind("m.safetensors: byte ", 0), 0u) << file.what << ": " << message;
    EXPECT_TRUE(has(message, file.message)) << file.what << ": " << message;
    EXPECT_EQ(message.find('\x1b'), std::string::npos) << file.what;
  }
  EXPECT_GE(malformed_files().size(), 25u);
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const std::string data = random_bytes(24, 5);
  const std::string bytes = encode_safetensors({view("a", DType::F32, {2, 3}, data)}, {{"k", "v"}});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(refusal(bytes.substr(0, size)).empty());
}

/// One to four random edits: a byte, a bit, a removed or repeated piece, a number made large.
std::string mutate(std::string bytes, std::mt19937_64& generator) {
  const auto below = [&](std::size_t n) {
    return static_cast<std::size_t>(generator() % (n == 0 ? 1 : n));
  };
  for (std::size_t edits = 1 + below(4); edits > 0 && !bytes.empty(); --edits) {
    const std::size_t at = below(bytes.size()), size = 1 + below(12);
    switch (below(6)) {
      case 0:
        bytes[at] = static_cast<char>(generator());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      case 2:
        bytes.erase(at, size);
        break;
      case 3:
        bytes.insert(at, bytes.substr(below(bytes.size()), size));
        break;
      case 4:
        bytes.insert(at, std::to_string(generator() >> below(64)));
        break;
      default:
        bytes[at] = "{}[]\",:0129-.eE\\"[below(16)];
        break;
    }
  }
  // Most edits of the header would only hit the length check: set it right half of the time.
  if (generator() % 2 == 0 && bytes.size() > 8) {
    const std::uint64_t end = bytes.rfind("}}");
    if (end != std::string::npos && end >= 8) bytes.replace(0, 8, little_endian(end + 2 - 8));
  }
  return bytes;
}

TEST(Safetensors, FiftyThousandMutationsNeverCrashOrPointOutside) {
  std::mt19937_64 generator(20240611);
  const std::string f32 = random_bytes(24, 6), u8 = random_bytes(5, 7);
  const std::string original = encode_safetensors({view("weight", DType::F32, {2, 3}, f32),
                                                   view("none", DType::I64, {0, 4}, ""),
                                                   view("bias", DType::U8, {5}, u8)},
                                                  {{"format", "pt"}});
  int accepted = 0;
  for (int i = 0; i < 50000; ++i) {
    try {
      const auto file = decode_safetensors(mutate(original, generator), "m");
      ++accepted;
      const char* end = file.bytes.data() + file.bytes.size();
      for (const auto& tensor : file.tensors) {
        std::size_t size = dtype_size(tensor.dtype);
        for (const auto extent : tensor.shape) size *= static_cast<std::size_t>(extent);
        ASSERT_EQ(size, tensor.size);
        ASSERT_GE(tensor.data, file.bytes.data() + 8);
        ASSERT_LE(tensor.data + tensor.size, end);
      }
    } catch (const DataError& error) {
      ASSERT_TRUE(has(error.what(), "m: byte ")) << error.what();
    }
  }
  // Changes of data, names and metadata alone are no error of layout.
  EXPECT_GT(accepted, 300);
  EXPECT_LT(accepted, 40000);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::io
