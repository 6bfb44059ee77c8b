#include "checkpoint_name.h"

#include <charconv>
#include <cstdio>

namespace elbow::io {
namespace {

constexpr char kPrefix[] = "step-";
constexpr std::size_t kPrefixSize = sizeof kPrefix - 1;

std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || text[0] == '-') return std::nullopt;
  return value;
}

}  // namespace

std::string checkpoint_name(std::int64_t step) {
  char text[32];
  std::snprintf(text, sizeof text, "%s%08lld", kPrefix, static_cast<long long>(step));
  return text;
}

std::optional<std::int64_t> requested_step(const std::string& text) {
  return whole_number(text.rfind(kPrefix, 0) == 0 ? text.substr(kPrefixSize) : text);
}

std::optional<std::int64_t> checkpoint_step(const std::string& name) {
  const auto step = requested_step(name);
  return step && checkpoint_name(*step) == name ? step : std::nullopt;
}

}  // namespace elbow::io
