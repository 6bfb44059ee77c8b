#pragma once

#include <string>
#include <vector>

#include "elbow/foundations/core/error.h"
#include "elbow/language/stan/syntax.h"

namespace elbow::stan {

/// Refuses a program at a place.
class Mistakes {
 public:
  Mistakes(std::string file, const std::vector<std::string>& lines)
      : file_(std::move(file)), lines_(lines) {}
  /// @param help what to do about it
  [[noreturn]] void refuse(Place place,
                           const std::string& message,
                           const std::string& help,
                           int length = 1) const;

 private:
  std::string file_;
  const std::vector<std::string>& lines_;
};

std::vector<std::string> lines_of(const std::string& text);

}  // namespace elbow::stan
