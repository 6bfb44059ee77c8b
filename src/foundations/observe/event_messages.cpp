#include "event_messages.h"

#include "elbow/foundations/io/hash.h"
#include "protobuf.h"

namespace elbow::events {
namespace {

using protobuf::Message;

Message event(const Stamp& stamp) {
  Message message;
  message.real(1, stamp.wall_time);
  // Written even when it is 0: an event without a step counts as step 0 and can purge a curve.
  message.integer(2, static_cast<std::uint64_t>(stamp.step));
  return message;
}

std::string summary_event(const Stamp& stamp, const Message& summary) {
  return event(stamp).bytes(5, summary.text()).text();
}

/// One Summary.Value of the hparams plugin: HParamsPluginData in the metadata, an empty tensor as
/// value.
Message hparams_value(const std::string& tag, int data_field, const Message& data) {
  const Message content = Message().integer(1, 0).bytes(data_field, data.text());
  const Message plugin = Message().bytes(1, "hparams").bytes(2, content.text());
  const Message metadata = Message().bytes(1, plugin.text());
  const Message shape = Message().bytes(2, Message().integer(1, 1).text());
  const Message tensor = Message()
                             .integer(1, 1)
                             .bytes(2, shape.text())
                             .bytes(5, std::string(4, '\0'));  // DT_FLOAT [1] = {0}
  return Message().bytes(1, tag).bytes(9, metadata.text()).bytes(8, tensor.text());
}

/// Channels by the colour type in a PNG's header (byte 25): Summary.Image.colorspace.
std::uint64_t png_channels(const std::string& png) {
  constexpr std::size_t kColourType = 25;
  if (png.size() <= kColourType) return 3;
  switch (png[kColourType]) {
    case 0:
      return 1;
    case 4:
      return 2;
    case 6:
      return 4;
    default:
      return 3;
  }
}

}  // namespace

std::string file_version(const Stamp& stamp) {
  return event(stamp).bytes(3, "brain.Event:2").text();
}

std::string start(const Stamp& stamp) {
  return event(stamp).bytes(7, Message().integer(1, 1).text()).text();
}

std::string scalars(const Stamp& stamp, const std::vector<std::pair<std::string, double>>& values) {
  Message summary;
  for (const auto& [tag, value] : values)
    summary.bytes(1, Message().bytes(1, tag).single(2, static_cast<float>(value)).text());
  return summary_event(stamp, summary);
}

std::string image(
    const Stamp& stamp, const std::string& tag, const std::string& png, int width, int height) {
  const Message picture = Message()
                              .integer(1, static_cast<std::uint64_t>(height))
                              .integer(2, static_cast<std::uint64_t>(width))
                              .integer(3, png_channels(png))
                              .bytes(4, png);
  return summary_event(stamp,
                       Message().bytes(1, Message().bytes(1, tag).bytes(4, picture.text()).text()));
}

std::string hyperparameters(const Stamp& stamp,
                            const std::vector<std::pair<std::string, std::string>>& values) {
  constexpr int kTypeString = 1;
  Message experiment, session;
  experiment.real(3, stamp.wall_time);
  for (const auto& [name, value] : values) {
    experiment.bytes(4, Message().bytes(1, name).integer(4, kTypeString).text());
    const Message as_value = Message().bytes(3, value);  // google.protobuf.Value.string_value
    session.bytes(1, Message().bytes(1, name).bytes(2, as_value.text()).text());
  }
  session.real(5, stamp.wall_time);
  Message summary;
  summary.bytes(1, hparams_value("_hparams_/experiment", 2, experiment).text());
  summary.bytes(1, hparams_value("_hparams_/session_start_info", 3, session).text());
  return summary_event(stamp, summary);
}

std::uint32_t masked_crc(const void* data, std::size_t size) {
  const std::uint32_t crc = io::crc32c(data, size);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

std::string frame(const std::string& payload) {
  const std::string length = protobuf::little_endian(payload.size(), 8);
  return length + protobuf::little_endian(masked_crc(length.data(), length.size()), 4) + payload +
         protobuf::little_endian(masked_crc(payload.data(), payload.size()), 4);
}

}  // namespace elbow::events
