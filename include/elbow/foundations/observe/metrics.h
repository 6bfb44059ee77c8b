#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "elbow/foundations/core/config_node.h"

namespace elbow {

/// Appends one JSON object per line to metrics.jsonl. A failed write warns once, is counted, and
/// never stops training. One record is one `write`: a killed process leaves at most one torn last
/// line, which the next writer cuts off.
class MetricsWriter {
 public:
  /// Opens for append; with `keep_bytes` >= 0 the file is first cut back to that length (temp +
  /// rename).
  MetricsWriter(const std::string& path, std::int64_t keep_bytes = -1);
  ~MetricsWriter();
  MetricsWriter(const MetricsWriter&) = delete;
  MetricsWriter& operator=(const MetricsWriter&) = delete;
  void write(const Json& record);  ///< non-finite numbers become null
  void flush();                    ///< to the disk
  std::int64_t bytes() const { return bytes_; }
  std::int64_t failures() const { return failures_; }

 private:
  void fail(const std::string& what, int error);

  int fd_ = -1;
  std::string path_;
  std::int64_t bytes_ = 0, failures_ = 0;
};

/// Every record of a metrics.jsonl; a torn last line is left out. @throws DataError with the line
/// of a malformed one
std::vector<Json> read_metrics(const std::string& path);

}  // namespace elbow
