#include "elbow/foundations/io/room.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>

#include "elbow/foundations/core/error.h"
#include "file_handle.h"

namespace elbow::io {
namespace {

std::optional<std::uint64_t> number_in(const char* path) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  if (file >> value) return value;
  return std::nullopt;  // no such file, or "max"
}

std::optional<std::uint64_t> available_in_meminfo() {
  std::ifstream file("/proc/meminfo");
  std::string key, unit;
  std::uint64_t kibibytes = 0;
  while (file >> key >> kibibytes) {
    if (key == "MemAvailable:") return kibibytes * 1024;
    std::getline(file, unit);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> free_disk(const std::string& path) {
  std::string place = path;
  struct statvfs info = {};
  while (::statvfs(place.c_str(), &info) != 0) {
    const std::string parent = parent_directory(place);
    if (parent == place) return std::nullopt;
    place = parent;
  }
  if (info.f_blocks == 0) return std::nullopt;  // some FUSE and pseudo file systems do not count
  std::uint64_t bytes = 0;
  const bool overflow = __builtin_mul_overflow(
      static_cast<std::uint64_t>(info.f_bavail), static_cast<std::uint64_t>(info.f_frsize), &bytes);
  return overflow ? std::numeric_limits<std::uint64_t>::max() : bytes;
}

std::optional<std::uint64_t> free_memory() {
  std::optional<std::uint64_t> out = available_in_meminfo();
  for (const char* limit :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
    if (const auto most = number_in(limit)) out = out ? std::min(*out, *most) : *most;
  return out;
}

std::string size_text(double bytes) {
  const char* units[] = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
  std::size_t unit = 0;
  while (bytes >= 999.95 && unit + 1 < std::size(units)) bytes /= 1000, ++unit;
  char text[40];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
  return text;
}

void check_disk(const std::string& path, double bytes, const std::string& what) {
  const auto free = free_disk(path);
  if (!free || bytes <= static_cast<double>(*free)) return;
  throw UsageError(path + ": " + what + " take " + size_text(bytes) + ", but the disk has " +
                       size_text(static_cast<double>(*free)) + " left",
                   "ask for fewer, or write to another disk");
}

void check_memory(double bytes, const std::string& what) {
  const auto free = free_memory();
  if (!free || bytes <= static_cast<double>(*free)) return;
  throw UsageError(what + " take " + size_text(bytes) + " of memory, but " +
                       size_text(static_cast<double>(*free)) + " are available",
                   "ask for fewer");
}

}  // namespace elbow::io
