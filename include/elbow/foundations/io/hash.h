#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace elbow::io {

/// Streaming SHA-256 (FIPS 180-4) over OpenSSL.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(const void* data, std::size_t size);
  std::string hex();  ///< 64 lower-case digits; ends the stream

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::string sha256_hex(std::string_view bytes);
/// @throws DataError when the file cannot be read; IoError when the device fails half way
std::string sha256_file(const std::string& path);
/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), as TensorBoard and the checkpoint manifest use it.
/// `crc` is the value of the bytes before: crc32c(b, n, crc32c(a, m)) is that of a followed by b.
std::uint32_t crc32c(const void* data, std::size_t size, std::uint32_t crc = 0);
/// The same without the SSE4.2 instruction: what `crc32c` uses on processors that lack it.
std::uint32_t crc32c_portable(const void* data, std::size_t size, std::uint32_t crc = 0);

}  // namespace elbow::io
