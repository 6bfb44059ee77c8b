#include "elbow/foundations/observe/metrics.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "append_file.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/log.h"

namespace elbow {
namespace {

bool is_regular(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

/// Cuts the file to `keep_bytes` (when >= 0) and behind its last whole line. Returns the length
/// left.
std::int64_t cut_back(const std::string& path, std::int64_t keep_bytes) {
  const std::string content = io::read_file(path);
  std::size_t keep = content.size();
  if (keep_bytes >= 0) keep = std::min(keep, static_cast<std::size_t>(keep_bytes));
  const std::size_t newline = content.rfind('\n', keep == 0 ? 0 : keep - 1);
  keep = keep == 0 || newline == std::string::npos ? 0 : newline + 1;
  if (keep < content.size()) io::write_file(path, content.substr(0, keep));
  return static_cast<std::int64_t>(keep);
}

Json parse_line(std::string_view line, const std::string& path, std::size_t number) {
  Json record = Json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
  if (record.is_object()) return record;
  const std::string start(line.substr(0, 40));
  throw DataError(path + ":" + std::to_string(number) + ": expected a JSON object, found '" +
                      start + (line.size() > 40 ? "...'" : "'"),
                  "remove that line; the other records are independent of it");
}

}  // namespace

MetricsWriter::MetricsWriter(const std::string& path, std::int64_t keep_bytes) : path_(path) {
  try {
    if (is_regular(path)) bytes_ = cut_back(path, keep_bytes);
  } catch (const Error& failed) {
    ++failures_;
    log::warning(path_ + ": metrics are not recorded: " + failed.what());
    return;
  }
  fd_ = io::sys().open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd_ < 0) fail("cannot open", errno);
}

MetricsWriter::~MetricsWriter() {
  if (fd_ >= 0 && io::sys().close(fd_) != 0) fail("cannot close", errno);
}

void MetricsWriter::fail(const std::string& what, int error) {
  if (++failures_ == 1)
    log::warning(path_ + ": " + what + ": " + std::strerror(error) +
                 "; training goes on, the record is lost");
}

void MetricsWriter::write(const Json& record) {
  if (fd_ < 0) {
    ++failures_;
    return;
  }
  // dump() prints non-finite numbers as null, and replaces what is not UTF-8 instead of throwing.
  const std::string line = record.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  if (const int error = append_record(fd_, line, bytes_))
    fail("cannot write", error);
  else
    bytes_ += static_cast<std::int64_t>(line.size());
}

void MetricsWriter::flush() {
  // A pipe or device cannot be synced (EINVAL, EROFS); there is nothing to lose then.
  if (fd_ >= 0 && io::sys().fsync(fd_) != 0 && errno != EINVAL && errno != EROFS)
    fail("cannot flush", errno);
}

std::vector<Json> read_metrics(const std::string& path) {
  const std::string content = io::read_file(path);
  std::vector<Json> records;
  std::size_t begin = 0, number = 1;
  // Text behind the last newline is a record that a killed process did not finish.
  for (std::size_t end; (end = content.find('\n', begin)) != std::string::npos; begin = end + 1) {
    if (end > begin)
      records.push_back(
          parse_line(std::string_view(content).substr(begin, end - begin), path, number));
    ++number;
  }
  return records;
}

}  // namespace elbow
