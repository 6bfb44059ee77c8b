#include "elbow/foundations/io/safetensors.h"

#include <limits>

#include "safetensors_test_support.h"

namespace elbow::io {
namespace ELBOW_TEST_FILE {

TEST(Safetensors, GoldenBytes) {
  // Composed by hand from the format's specification: length, header padded with blanks, data.
  const std::string a("\0\0\x80\x3f\0\0\0\x40", 8), b("\x07", 1);
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
      R"("b":{"dtype":"U8","shape":[],"data_offsets":[8,9]}})";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  EXPECT_EQ(encode_safetensors({view("a", DType::F32, {2}, a), view("b", DType::U8, {}, b)},
                               {{"format", "pt"}}),
            little_endian(padded.size()) + padded + a + b);
  EXPECT_EQ(encode_safetensors({}), file_of("{}      "));
}

TEST(Safetensors, RoundTripOfEveryDTypeRankAndName) {
  const std::vector<DType> dtypes{DType::F64,
                                  DType::F32,
                                  DType::F16,
                                  DType::BF16,
                                  DType::I64,
                                  DType::I32,
                                  DType::I16,
                                  DType::I8,
                                  DType::U8,
                                  DType::BOOL};
  const std::vector<std::vector<std::int64_t>> shapes{
      {}, {3}, {2, 3}, {1, 2, 1, 3}, {0}, {4, 0, 2}};
  std::vector<std::string> data;
  std::vector<TensorView> tensors;
  data.reserve(dtypes.size() * shapes.size());
  for (const DType dtype : dtypes) {
    for (const auto& shape : shapes) {
      std::size_t size = dtype_size(dtype);
      for (const auto extent : shape) size *= static_cast<std::size_t>(extent);
      data.push_back(random_bytes(size, data.size()));
      const std::string name =
          std::string("z\"\\/\u00e9 ") + dtype_name(dtype) + std::to_string(data.size());
      tensors.push_back(view(name, dtype, shape, data.back()));
    }
  }
  const auto back = decode_safetensors(encode_safetensors(tensors, {{"k", "v\n"}, {"", ""}}), "x");
  ASSERT_EQ(back.tensors.size(), tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    EXPECT_EQ(back.tensors[i].name, tensors[i].name);
    EXPECT_EQ(back.tensors[i].dtype, tensors[i].dtype);
    EXPECT_EQ(back.tensors[i].shape, tensors[i].shape);
    EXPECT_EQ(std::string(back.tensors[i].data, back.tensors[i].size), data[i]);
    EXPECT_EQ(back.find(tensors[i].name), &back.tensors[i]);
  }
  EXPECT_EQ(back.find("none"), nullptr);
  EXPECT_EQ(back.metadata, (std::map<std::string, std::string>{{"k", "v\n"}, {"", ""}}));
}

TEST(Safetensors, ViewsStayValidWhenTheFileIsMoved) {
  const std::string data = random_bytes(16, 3);
  auto first = decode_safetensors(encode_safetensors({view("a", DType::I64, {2}, data)}), "x");
  const Safetensors second = std::move(first);
  EXPECT_EQ(std::string(second.tensors[0].data, 16), data);
}

TEST(Safetensors, EncoderRefusesWhatItCouldNotReadBack) {
  const std::string data(8, 'x');
  EXPECT_THROW(encode_safetensors({view("a", DType::F32, {3}, data)}), std::logic_error);
  EXPECT_THROW(encode_safetensors({view("a", DType::F32, {-2}, data)}), std::logic_error);
  EXPECT_THROW(
      encode_safetensors({view("a", DType::U8, {8}, data), view("a", DType::U8, {8}, data)}),
      std::logic_error);
  EXPECT_THROW(encode_safetensors({view("__metadata__", DType::U8, {8}, data)}), std::logic_error);
  EXPECT_THROW(encode_safetensors({{"a", DType::U8, {8}, nullptr, 8}}), std::logic_error);
  const std::vector<TensorView> long_name{view(std::string(1 << 20, 'n'), DType::U8, {8}, data)};
  EXPECT_TRUE(
      has(message_of<DataError>([&] { encode_safetensors(long_name); }), "at most 1048576"));
}

TEST(Safetensors, TenThousandTensorsFit) {
  const std::string data(4, 'x');
  std::vector<TensorView> tensors;
  for (int i = 0; i < 10000; ++i)
    tensors.push_back(view("layer." + std::to_string(i) + ".weight", DType::F32, {1}, data));
  EXPECT_EQ(decode_safetensors(encode_safetensors(tensors), "x").tensors.size(), 10000u);
}

TEST(Safetensors, FirstNonFiniteFindsEachKind) {
  const float f32[] = {1.0f, -3.4e38f, std::numeric_limits<float>::infinity()};
  const double f64[] = {std::numeric_limits<double>::quiet_NaN(), 1.0};
  const std::uint16_t f16[] = {0x7BFF, 0x0001, 0x8000, 0xFC00}, bf16[] = {0x7F7F, 0x7F80};
  const auto first = [](DType dtype, const auto& values) {
    const auto n = static_cast<std::int64_t>(sizeof values / dtype_size(dtype));
    return first_non_finite(
        {"a", dtype, {n}, reinterpret_cast<const char*>(values), sizeof values});
  };
  EXPECT_EQ(first(DType::F32, f32), 2u);
  EXPECT_EQ(first(DType::F64, f64), 0u);
  EXPECT_EQ(first(DType::F16, f16), 3u);
  EXPECT_EQ(first(DType::BF16, bf16), 1u);
  EXPECT_EQ(first(DType::I16, f16), std::nullopt);
  const float finite[] = {0.0f, -1e-45f, 3.4e38f};
  EXPECT_EQ(first(DType::F32, finite), std::nullopt);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::io
