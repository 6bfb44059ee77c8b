#pragma once

#include <cstdint>
#include <string>

namespace elbow {

/// Writes all of `bytes` at the end of `fd`; on failure the file is cut back to `length`, so that
/// no half record stays.
/// @return 0, or the error number
int append_record(int fd, const std::string& bytes, std::int64_t length);

}  // namespace elbow
