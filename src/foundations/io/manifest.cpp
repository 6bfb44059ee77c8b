#include "manifest.h"

#include <sys/stat.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/hash.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/io/version.h"
#include "strict_json.h"

namespace elbow::io {
namespace {

constexpr int kFormatVersion = 1;
constexpr std::size_t kRange = std::size_t{1} << 20;
constexpr std::size_t kMaxManifestDepth = 64;
constexpr std::size_t kHexDigits = 64;
constexpr char kHelp[] = "elbow info RUN shows which checkpoints are whole";

/// The end of every manifest. Fixed bytes around the digest, so that a change in them is seen too.
std::string seal(const std::string& digest) {
  return ",\n  \"manifest_sha256\": \"" + digest + "\"\n}\n";
}

std::string range_text(std::size_t first, std::size_t last) {
  return " (first bad range " + std::to_string(first) + "-" + std::to_string(last) + ")";
}

std::vector<std::uint32_t> range_sums(std::string_view bytes) {
  std::vector<std::uint32_t> sums;
  for (std::size_t begin = 0; begin < bytes.size(); begin += kRange) {
    sums.push_back(crc32c(bytes.data() + begin, std::min(kRange, bytes.size() - begin)));
  }
  return sums;
}

/// The first range whose bytes are not what the record says; a missing tail counts.
std::string first_bad_range(std::string_view bytes, const FileRecord& record) {
  const auto sums = range_sums(bytes.substr(0, std::min(bytes.size(), record.size)));
  for (std::size_t i = 0; i < record.crc32c.size(); ++i) {
    if (i < sums.size() && sums[i] == record.crc32c[i]) continue;
    return range_text(i * kRange, std::min((i + 1) * kRange, record.size) - 1);
  }
  if (bytes.size() > record.size) return range_text(record.size, bytes.size() - 1);
  return " (every 1 MiB range agrees: the manifest itself may be wrong)";
}

FileRecord read_record(const std::string& name, const Json& value, const std::string& path) {
  FileRecord record;
  const auto wrong = [&](const std::string& what) -> DataError {
    return DataError(path + ": files." + quote(name) + ": " + what, kHelp);
  };
  if (!is_checkpoint_file_name(name)) throw wrong("expected the name of a file in this folder");
  if (!value.is_object() || !value.contains("size") || !value["size"].is_number_unsigned() ||
      !value.contains("sha256") || !value["sha256"].is_string() || !value.contains("crc32c") ||
      !value["crc32c"].is_array()) {
    throw wrong("expected size, sha256 and crc32c");
  }
  record.size = value["size"].get<std::size_t>();
  record.sha256 = value["sha256"].get<std::string>();
  for (const auto& sum : value["crc32c"]) {
    if (!sum.is_number_unsigned()) throw wrong("crc32c: expected whole numbers");
    record.crc32c.push_back(sum.get<std::uint32_t>());
  }
  const std::size_t ranges = record.size / kRange + (record.size % kRange != 0 ? 1 : 0);
  if (record.crc32c.size() != ranges) {
    throw wrong("expected " + std::to_string(ranges) + " sums of 1 MiB, found " +
                std::to_string(record.crc32c.size()));
  }
  return record;
}

void require_seal(const std::string& text, const std::string& path) {
  const std::size_t size = seal(std::string(kHexDigits, '0')).size();
  if (text.size() > size) {
    const std::string_view body = std::string_view(text).substr(0, text.size() - size);
    if (std::string_view(text).substr(body.size()) == seal(sha256_hex(body))) return;
  }
  throw DataError(path + ": SHA-256 differs from the one at its own end" +
                      range_text(0, text.empty() ? 0 : text.size() - 1),
                  kHelp);
}

}  // namespace

bool is_checkpoint_file_name(const std::string& name) {
  return !name.empty() && name[0] != '.' && name != kManifestName &&
         name.find_first_of(std::string("/\\\0", 3)) == std::string::npos;
}

std::string encode_manifest(std::int64_t step, const CheckpointFiles& files, const Json& extra) {
  Json manifest;
  manifest["format_version"] = kFormatVersion;
  manifest["elbow_version"] = kElbowVersion;
  manifest["step"] = step;
  for (const auto& [key, value] : extra.items()) {
    if (manifest.contains(key) || key == "files" || key == "manifest_sha256") {
      throw std::logic_error("the manifest's own key '" + key + "' cannot be set from outside");
    }
    manifest[key] = value;
  }
  Json& records = manifest["files"] = Json::object();
  for (const auto& [name, bytes] : files) {
    records[name]["size"] = bytes.size();
    records[name]["sha256"] = sha256_hex(bytes);
    records[name]["crc32c"] = range_sums(bytes);
  }
  const auto replace = Json::error_handler_t::replace;
  std::string text = manifest.dump(2, ' ', /*ensure_ascii=*/false, replace);
  text.resize(text.size() - 2);  // its final "\n}", which the seal brings again
  return text + seal(sha256_hex(text));
}

Manifest decode_manifest(const std::string& text, const std::string& path) {
  require_seal(text, path);
  Manifest manifest;
  manifest.json = parse_strict_json(text, {path, /*first_byte=*/0, kMaxManifestDepth}).value;
  const Json& json = manifest.json;
  if (!json.contains("format_version") || json["format_version"] != kFormatVersion) {
    const std::string found =
        json.contains("format_version") ? json["format_version"].dump() : "none";
    throw DataError(
        path + ": checkpoint format " + found + ", expected " + std::to_string(kFormatVersion),
        "it was written by another version of elbow");
  }
  if (!json.contains("step") || !json["step"].is_number_unsigned() || !json.contains("files") ||
      !json["files"].is_object()) {
    throw DataError(path + ": expected the keys step and files", kHelp);
  }
  manifest.step = json["step"].get<std::int64_t>();
  for (const auto& [name, value] : json["files"].items()) {
    manifest.files.emplace(name, read_record(name, value, path));
  }
  return manifest;
}

std::string read_verified(const std::string& path, const FileRecord& record) {
  struct stat info = {};
  const bool is_larger = ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
                         static_cast<std::size_t>(info.st_size) > record.size;
  if (is_larger) {  // not read: it could be of any size
    throw DataError(path + ": " + std::to_string(info.st_size) + " bytes, the manifest says " +
                        std::to_string(record.size) +
                        range_text(record.size, static_cast<std::size_t>(info.st_size) - 1),
                    kHelp);
  }
  std::string bytes = read_file(path);
  if (bytes.size() != record.size) {
    throw DataError(path + ": " + std::to_string(bytes.size()) + " bytes, the manifest says " +
                        std::to_string(record.size) + first_bad_range(bytes, record),
                    kHelp);
  }
  if (sha256_hex(bytes) != record.sha256) {
    throw DataError(path + ": SHA-256 differs from manifest" + first_bad_range(bytes, record),
                    kHelp);
  }
  return bytes;
}

}  // namespace elbow::io
