#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace elbow::data {

/// (bytes so far, bytes in all or 0). May throw: the transfer stops, what is there stays for the
/// next try.
using DownloadProgress = std::function<void(std::uint64_t, std::uint64_t)>;

/// Downloads one http(s) address into `part`, continuing after the bytes that are there already
/// when the server can, else from the beginning.
/// @param max_size  more than this many bytes is refused
/// @return true when the bytes of an earlier call were kept
/// @throws IoError  network or disk; `part` keeps what arrived
bool download(const std::string& url,
              const std::string& part,
              std::uint64_t max_size,
              const DownloadProgress& progress);

/// @throws DataError unless it begins with http:// or https://
void require_http(const std::string& url);

}  // namespace elbow::data
