#include "elbow/data/sources/fetch_file.h"

#include <cerrno>
#include <filesystem>

#include "elbow/data/sources/amat.h"
#include "elbow/data/sources/download.h"
#include "elbow/data/sources/formats.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/hash.h"
#include "elbow/foundations/io/sys.h"
#include "malformed.h"

namespace elbow::data {
namespace {

namespace fs = std::filesystem;

/// A part belongs to one address: archives of the same data differ, so halves of two must never be
/// joined.
std::string part_of(const std::string& folder, const KnownFile& file, const std::string& url) {
  return (fs::path(folder) / (file.name + "." + io::sha256_hex(url).substr(0, 8) + ".part"))
      .string();
}

/// Plain IDX bytes of what came. @throws DataError when it is not in that encoding
std::string decode(const KnownFile& file, const std::string& path) {
  std::string bytes = read_maybe_gzip(path);
  return file.encoding == Encoding::amat ? idx_from_amat(bytes, path) : bytes;
}

void check_content(const KnownFile& file, const std::string& idx, const std::string& url) {
  const std::string found = io::sha256_hex(idx);
  if (found == file.sha256) return;
  throw DataError(url + ": expected decoded content of " + std::to_string(file.size) +
                      " bytes with SHA-256 " + file.sha256 + ", found " +
                      std::to_string(idx.size()) + " bytes with " + found,
                  "the mirror holds other data: name another with --mirror URL");
}

void put_in_place(const KnownFile& file,
                  const std::string& part,
                  const std::string& idx,
                  const std::string& folder) {
  const std::string target = (fs::path(folder) / file.name).string();
  if (file.encoding == Encoding::amat) {
    io::write_file(target, gzip(idx));
    io::sys().unlink(part.c_str());
    return;
  }
  if (io::sys().rename(part.c_str(), target.c_str()) != 0)
    io::throw_io_error("cannot rename to", target, errno);
  io::sync_directory(folder);
}

/// @throws DataError (the part is gone then) or IoError (the part stays)
void fetch_from(const KnownFile& file,
                const std::string& mirror,
                const std::string& folder,
                const FetchOptions& options) {
  const std::string url = url_of(mirror, file);
  const std::string part = part_of(folder, file, url);
  // Text takes two bytes a pixel; nothing that is published is larger.
  const std::uint64_t limit = saturating_sum(saturating_product(file.size, 2), 1 << 20);
  const auto progress = [&](std::uint64_t now, std::uint64_t all) {
    if (options.progress) options.progress(file.name, now, all);
  };
  for (bool is_last_try = false;; is_last_try = true) {
    const bool was_resumed = download(url, part, limit, progress);
    try {
      const std::string idx = decode(file, part);
      check_content(file, idx, url);
      put_in_place(file, part, idx, folder);
      return;
    } catch (const DataError&) {
      io::sys().unlink(part.c_str());
      // The server's file may have changed since the first half came: once more from the beginning.
      if (!was_resumed || is_last_try) throw;
    }
  }
}

}  // namespace

std::string url_of(const std::string& mirror, const KnownFile& file) {
  const bool has_slash = !mirror.empty() && mirror.back() == '/';
  return mirror + (has_slash ? "" : "/") + file.remote_name;
}

bool is_in_place(const KnownFile& file, const std::string& folder) {
  const std::string path = (fs::path(folder) / file.name).string();
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  try {
    return io::sha256_hex(read_maybe_gzip(path)) == file.sha256;
  } catch (const DataError&) {
    return false;  // damaged: it is fetched again and replaced
  }
}

void fetch_file(const KnownFile& file,
                const std::vector<std::string>& mirrors,
                const std::string& folder,
                const FetchOptions& options) {
  std::string failures, help;
  bool is_content = false;
  for (const std::string& mirror : mirrors) {
    try {
      fetch_from(file, mirror, folder, options);
      return;
    } catch (const DataError& error) {
      failures += (failures.empty() ? "" : "; ") + std::string(error.what());
      help = error.help();
      is_content = true;
    } catch (const IoError& error) {
      failures += (failures.empty() ? "" : "; ") + std::string(error.what());
      help = error.help();
    }
  }
  if (is_content) throw DataError(failures, help);
  throw IoError(failures, help);
}

}  // namespace elbow::data
