#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace elbow::io {

/// Bytes that an unprivileged writer may still use where `path` lies, or would lie; nothing when
/// unknown.
std::optional<std::uint64_t> free_disk(const std::string& path);
/// Bytes that this process may still take without swapping: what /proc/meminfo calls available, at
/// most the limit of its control group. Nothing when unknown.
std::optional<std::uint64_t> free_memory();

/// Refuses what was asked for before anything is written or allocated.
/// @param what "1000000000 rows of 784 numbers"
/// @throws UsageError naming both sizes
void check_disk(const std::string& path, double bytes, const std::string& what);
void check_memory(double bytes, const std::string& what);

/// "3.1 TB".
std::string size_text(double bytes);

}  // namespace elbow::io
