#pragma once

#include <cstdio>
#include <string>

namespace elbow {

/// A number in a sentence, by a format for one double that keeps it short: "%.3g".
inline std::string short_number(double value, const char* format = "%.3g") {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace elbow
