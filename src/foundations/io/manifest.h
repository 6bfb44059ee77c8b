#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "elbow/foundations/core/config_node.h"
#include "elbow/foundations/io/checkpoint_store.h"

namespace elbow::io {

inline constexpr char kManifestName[] = "manifest.json";

/// What a manifest knows of one file.
struct FileRecord {
  std::size_t size = 0;
  std::string sha256;
  std::vector<std::uint32_t> crc32c;  ///< one per 1 MiB
};

struct Manifest {
  std::int64_t step = 0;
  Json json;
  std::map<std::string, FileRecord> files;
};

/// A plain name: no folder, not hidden, not the manifest's own.
bool is_checkpoint_file_name(const std::string& name);

/// The manifest's text: format version, elbow version, step, `extra`, per file size, SHA-256 and
/// CRC-32C per 1 MiB, and as its last entry the SHA-256 of all text before that entry.
/// @throws std::logic_error when `extra` uses a key of the manifest's own
std::string encode_manifest(std::int64_t step, const CheckpointFiles& files, const Json& extra);

/// @param path for messages
/// @throws DataError when the text is damaged or of another format
Manifest decode_manifest(const std::string& text, const std::string& path);

/// Reads a file of a checkpoint and holds it against its record.
/// @throws DataError naming the file and the first bad 1 MiB range
std::string read_verified(const std::string& path, const FileRecord& record);

}  // namespace elbow::io
