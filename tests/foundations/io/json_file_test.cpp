#include "elbow/foundations/io/json_file.h"

#include <limits>

#include "io_test_support.h"

namespace elbow::io {
namespace ELBOW_TEST_FILE {

std::string refusal(const std::string& text) {
  const TempDir dir;
  put(dir.file("a.json"), text);
  const auto message = message_of<DataError>([&] { read_json(dir.file("a.json")); });
  EXPECT_EQ(message.rfind(dir.file("a.json") + ": byte ", 0), 0u) << message;
  return message.substr(dir.file("a.json").size() + 2);
}

TEST(JsonFile, RoundTripKeepsValuesAndOrder) {
  const TempDir dir;
  const Json value = Json::parse(
      R"({"z": 1, "a": [true, null, -3, 18446744073709551615, 0.1, "\u00e9\n"], "m": {"k": {}}})");
  write_json(dir.file("a.json"), value);
  EXPECT_EQ(read_json(dir.file("a.json")), value);
  EXPECT_EQ(read_json(dir.file("a.json")).dump(), value.dump());
}

TEST(JsonFile, IndentsByTwoAndEndsTheLine) {
  const TempDir dir;
  write_json(dir.file("a.json"), Json{{"a", 1}}, /*durable=*/false);
  EXPECT_EQ(get(dir.file("a.json")), "{\n  \"a\": 1\n}\n");
}

TEST(JsonFile, NonFiniteNumbersBecomeNull) {
  const TempDir dir;
  Json value;
  value["nan"] = std::numeric_limits<double>::quiet_NaN();
  value["inf"] = -std::numeric_limits<double>::infinity();
  value["not_utf8"] = "\xff";
  write_json(dir.file("a.json"), value);
  const Json back = read_json(dir.file("a.json"));
  EXPECT_TRUE(back["nan"].is_null());
  EXPECT_TRUE(back["inf"].is_null());
  EXPECT_EQ(back["not_utf8"], "\xEF\xBF\xBD");
}

TEST(JsonFile, MistakesCarryTheByteOffset) {
  EXPECT_EQ(refusal(""), "byte 0: not valid JSON: the text ends before the value does");
  EXPECT_EQ(refusal("{\"a\": 1"), "byte 7: not valid JSON: the text ends before the value does");
  EXPECT_EQ(refusal("{\"a\": }"), "byte 6: not valid JSON: unexpected '}'");
  EXPECT_EQ(refusal("[1, 2,, 3]"), "byte 6: not valid JSON: unexpected ','");
  EXPECT_EQ(refusal("{} x"), "byte 3: not valid JSON: unexpected 'x'");
  EXPECT_EQ(refusal(std::string("[\0]", 3)), "byte 1: not valid JSON: unexpected byte 0x00");
  EXPECT_EQ(refusal("[\"\xff\"]"), "byte 2: not valid JSON: unexpected byte 0xFF");
  EXPECT_TRUE(has(refusal("[NaN]"), "byte 1: not valid JSON"));
  EXPECT_TRUE(has(refusal("[1e999]"), "not valid JSON"));
  EXPECT_TRUE(has(refusal("{\"a\": 1} // no"), "byte 9: not valid JSON: unexpected '/'"));
}

TEST(JsonFile, RefusesADuplicateKeyWhereItStands) {
  EXPECT_EQ(refusal(R"({"a": 1, "b": 2, "a": 3})"), "byte 17: duplicate key \"a\"");
  EXPECT_EQ(refusal(R"({"x\"y": 1, "x\"y": 2})"), "byte 12: duplicate key \"x\\\"y\"");
  EXPECT_EQ(refusal(R"([{"in": {"k": 1, "k": 1}}])"), "byte 17: duplicate key \"k\"");
  EXPECT_EQ(refusal(R"({"a": 1, "\u0061": 3})"), "byte 9: duplicate key \"a\"");
}

TEST(JsonFile, SameKeyInDifferentObjectsIsFine) {
  const TempDir dir;
  put(dir.file("a.json"), R"([{"a": 1}, {"a": {"a": 2}}])");
  EXPECT_EQ(read_json(dir.file("a.json"))[1]["a"]["a"], 2);
}

TEST(JsonFile, DepthIsAtMost64) {
  const TempDir dir;
  put(dir.file("a.json"), std::string(64, '[') + std::string(64, ']'));
  EXPECT_NO_THROW(read_json(dir.file("a.json")));
  EXPECT_EQ(refusal(std::string(65, '[') + std::string(65, ']')),
            "byte 64: nested deeper than 64 levels");
  EXPECT_EQ(refusal(std::string(1000000, '[')), "byte 64: nested deeper than 64 levels");
}

TEST(JsonFile, SizeIsAtMost64MiB) {
  const TempDir dir;
  put(dir.file("a.json"), "");
  std::filesystem::resize_file(dir.file("a.json"), (std::uintmax_t{64} << 20) + 1);
  EXPECT_TRUE(has(message_of<DataError>([&] { read_json(dir.file("a.json")); }),
                  "expected at most 67108864"));
  EXPECT_TRUE(has(message_of<DataError>([&] { read_json(dir.file("none")); }), "No such file"));
}

TEST(JsonFile, ManyKeysTakeLinearTime) {
  // 200,000 keys take minutes when every key is compared with those before it; the test's time
  // limit would see it.
  const TempDir dir;
  std::string text = "{";
  for (int i = 0; i < 200000; ++i) text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  put(dir.file("a.json"), text + "}");
  EXPECT_EQ(read_json(dir.file("a.json")).size(), 200000u);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::io
