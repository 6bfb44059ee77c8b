#pragma once

#include <zlib.h>

#include <string>
#include <vector>

#include "byte_stream.h"

namespace elbow::data {

inline constexpr char kDamaged[] = "the file is damaged or cut short: get it again";

/// A gzip stream of one member that is inflated piece by piece. Errors are DataErrors that name the
/// source and the byte of the compressed content.
class InflateStream final : public ByteStream {
 public:
  /// @param input the compressed bytes; must outlive this  @param source name for messages
  InflateStream(ByteStream& input, std::string source);
  ~InflateStream() override;
  InflateStream(const InflateStream&) = delete;
  InflateStream& operator=(const InflateStream&) = delete;

  bool ended() const { return ended_; }
  std::size_t read(char* out, std::size_t size) override;
  /// Requires that nothing follows the member. @throws DataError
  void require_end();

 private:
  std::size_t position() const { return fed_ - stream_.avail_in; }
  void feed();
  void check(int status);

  ByteStream& input_;
  std::string source_;
  std::vector<char> buffer_;
  z_stream stream_ = {};
  std::size_t fed_ = 0;
  bool input_ended_ = false, ended_ = false;
};

}  // namespace elbow::data
