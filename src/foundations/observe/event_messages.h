#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// TensorBoard's messages (tensorboard/compat/proto/event.proto, summary.proto,
/// plugins/hparams/*.proto), each as the bytes of one Event, and their TFRecord framing.
namespace elbow::events {

/// What every event carries.
struct Stamp {
  double wall_time = 0;  ///< seconds since 1970
  std::int64_t step = 0;
};

std::string file_version(const Stamp& stamp);
/// Tells readers to drop earlier points with step >= this one.
std::string start(const Stamp& stamp);
std::string scalars(const Stamp& stamp, const std::vector<std::pair<std::string, double>>& values);
std::string image(
    const Stamp& stamp, const std::string& tag, const std::string& png, int width, int height);
std::string hyperparameters(const Stamp& stamp,
                            const std::vector<std::pair<std::string, std::string>>& values);

/// u64 length, masked CRC32C of it, payload, masked CRC32C of it.
std::string frame(const std::string& payload);
/// The checksum as TFRecord stores it: rotated right by 15, plus 0xa282ead8.
std::uint32_t masked_crc(const void* data, std::size_t size);

}  // namespace elbow::events
