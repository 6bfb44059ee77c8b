#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace elbow::data {

/// Bytes that come piece by piece.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Fills `out`; fewer bytes than asked for only at the end of the content.
  virtual std::size_t read(char* out, std::size_t size) = 0;
};

/// Bytes that lie in memory; they must outlive the stream.
class MemoryStream final : public ByteStream {
 public:
  explicit MemoryStream(std::string_view bytes) : rest_(bytes) {}
  std::size_t read(char* out, std::size_t size) override;

 private:
  std::string_view rest_;
};

/// The content of a file, inflated when it is gzip. Memory does not grow with the file.
/// @throws DataError when missing, unreadable, or a damaged gzip file; reading throws it too
std::unique_ptr<ByteStream> open_stream(const std::string& path);

}  // namespace elbow::data
