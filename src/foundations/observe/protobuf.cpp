#include "protobuf.h"

#include <cstring>

namespace elbow::protobuf {
namespace {
enum WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
}

std::string little_endian(std::uint64_t value, int size) {
  std::string out;
  for (int i = 0; i < size; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
  return out;
}

void Message::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) text_ += static_cast<char>((value & 0x7F) | 0x80);
  text_ += static_cast<char>(value);
}

void Message::key(int field, int wire_type) {
  varint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(wire_type));
}

Message& Message::integer(int field, std::uint64_t value) {
  key(field, kVarint);
  varint(value);
  return *this;
}

Message& Message::real(int field, double value) {
  std::uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  key(field, kFixed64);
  text_ += little_endian(bits, 8);
  return *this;
}

Message& Message::single(int field, float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  key(field, kFixed32);
  text_ += little_endian(bits, 4);
  return *this;
}

Message& Message::bytes(int field, std::string_view value) {
  key(field, kBytes);
  varint(value.size());
  text_ += value;
  return *this;
}

bool Reader::varint(std::uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    *value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool Reader::little_endian(int size, std::uint64_t* value) {
  if (rest_.size() < static_cast<std::size_t>(size)) return false;
  *value = 0;
  for (int i = 0; i < size; ++i)
    *value |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
  rest_.remove_prefix(static_cast<std::size_t>(size));
  return true;
}

std::optional<Field> Reader::next() {
  std::uint64_t key = 0;
  if (rest_.empty() || !varint(&key) || key >> 3 == 0 || key >> 3 > 0x1FFFFFFF) return {};
  Field field;
  field.number = static_cast<int>(key >> 3);
  field.wire_type = static_cast<int>(key & 7);
  bool good = false;
  if (field.wire_type == kVarint) good = varint(&field.integer);
  if (field.wire_type == kFixed64) good = little_endian(8, &field.integer);
  if (field.wire_type == kFixed32) good = little_endian(4, &field.integer);
  if (field.wire_type == kBytes && varint(&field.integer) && field.integer <= rest_.size()) {
    field.bytes = rest_.substr(0, field.integer);
    rest_.remove_prefix(field.integer);
    good = true;
  }
  if (!good) {
    rest_ = {};
    return {};
  }
  return field;
}

}  // namespace elbow::protobuf
