#include <cstring>
#include <string_view>

#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/tensorboard.h"
#include "event_messages.h"
#include "protobuf.h"

namespace elbow {
namespace {

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  return value;
}

/// Takes the next record off `rest`; false at a cut tail or a bad checksum.
bool next_record(std::string_view* rest, std::string_view* payload) {
  constexpr std::size_t kHeader = 12, kFooter = 4;
  if (rest->size() < kHeader + kFooter) return false;
  if (events::masked_crc(rest->data(), 8) != number_at(*rest, 8, 4)) return false;
  const std::uint64_t size = number_at(*rest, 0, 8);
  if (size > rest->size() - kHeader - kFooter) return false;
  *payload = rest->substr(kHeader, size);
  if (events::masked_crc(payload->data(), size) != number_at(*rest, kHeader + size, 4))
    return false;
  rest->remove_prefix(kHeader + size + kFooter);
  return true;
}

void read_value(std::string_view message, std::int64_t step, std::vector<TensorBoardScalar>* out) {
  TensorBoardScalar scalar{step, "", 0};
  bool has_value = false;
  protobuf::Reader reader(message);
  while (const auto field = reader.next()) {
    if (field->number == 1 && field->wire_type == 2) scalar.tag = std::string(field->bytes);
    if (field->number == 2 && field->wire_type == 5) {
      const auto bits = static_cast<std::uint32_t>(field->integer);
      float value;
      std::memcpy(&value, &bits, sizeof value);
      scalar.value = static_cast<double>(value);
      has_value = true;
    }
  }
  if (has_value) out->push_back(scalar);
}

void read_event(std::string_view message, std::vector<TensorBoardScalar>* out) {
  std::int64_t step = 0;
  std::string_view summary;
  protobuf::Reader reader(message);
  while (const auto field = reader.next()) {
    if (field->number == 2 && field->wire_type == 0)
      step = static_cast<std::int64_t>(field->integer);
    if (field->number == 5 && field->wire_type == 2) summary = field->bytes;
  }
  protobuf::Reader values(summary);
  while (const auto field = values.next())
    if (field->number == 1 && field->wire_type == 2) read_value(field->bytes, step, out);
}

}  // namespace

std::vector<TensorBoardScalar> read_tensorboard_scalars(const std::string& file) {
  const std::string bytes = io::read_file(file);
  std::vector<TensorBoardScalar> scalars;
  std::string_view rest(bytes), payload;
  while (next_record(&rest, &payload)) read_event(payload, &scalars);
  return scalars;
}

}  // namespace elbow
