#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The little of the protocol-buffers wire format that event files need.
/// https://protobuf.dev/programming-guides/encoding
namespace elbow::protobuf {

/// Appends fields to a message. Nested messages are strings of another writer.
class Message {
 public:
  Message& integer(int field, std::uint64_t value);
  Message& real(int field, double value);
  Message& single(int field, float value);
  Message& bytes(int field, std::string_view value);
  const std::string& text() const { return text_; }

 private:
  void varint(std::uint64_t value);
  void key(int field, int wire_type);
  std::string text_;
};

/// One field of a message that is read.
struct Field {
  int number = 0, wire_type = 0;
  std::uint64_t integer =
      0;                   ///< wire types 0, 1 and 5: the value, or the bits of a double or float
  std::string_view bytes;  ///< wire type 2
};

/// Walks over the fields of one message; a malformed one ends the walk.
class Reader {
 public:
  explicit Reader(std::string_view message) : rest_(message) {}
  std::optional<Field> next();

 private:
  bool varint(std::uint64_t* value);
  bool little_endian(int size, std::uint64_t* value);
  std::string_view rest_;
};

/// Fixed-width little-endian number of `size` bytes.
std::string little_endian(std::uint64_t value, int size);

}  // namespace elbow::protobuf
