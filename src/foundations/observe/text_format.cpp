#include "text_format.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace elbow::text {
namespace {

std::string group_digits(const std::string& digits) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string to_text(double value, std::chars_format format, int precision) {
  char buffer[400];  // 309 digits before the point at most
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value, format, precision);
  return std::string(buffer, result.ptr);
}

std::string two_digits(std::int64_t value) {
  const std::string digits = std::to_string(value);
  return digits.size() < 2 ? std::string(1, '0').append(digits) : digits;
}

/// Length of the well-formed UTF-8 sequence at `at`; 0 when there is none (RFC 3629, section 4).
std::size_t utf8_length(const std::string& s, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u;
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned lead = byte(at), next = byte(at + 1);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(at + 1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && next < 0xA0, surrogate = lead == 0xED && next > 0x9F;
    return tail(at + 1) && tail(at + 2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool overlong = lead == 0xF0 && next < 0x90, beyond = lead == 0xF4 && next > 0x8F;
    return tail(at + 1) && tail(at + 2) && tail(at + 3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string thousands(std::int64_t value) {
  const std::string digits = std::to_string(value);
  if (value >= 0) return group_digits(digits);
  std::string out = group_digits(digits.substr(1));
  return out.insert(0, 1, '-');
}

std::string fixed(double value, int decimals) {
  if (std::isnan(value)) return "undefined";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  const std::string plain = to_text(std::abs(value), std::chars_format::fixed, decimals);
  const std::size_t point = plain.find('.');
  std::string out = group_digits(plain.substr(0, point));
  if (point != std::string::npos) out += plain.substr(point);
  const bool is_zero = plain.find_first_not_of("0.") == std::string::npos;
  return std::signbit(value) && !is_zero ? out.insert(0, 1, '-') : out;
}

std::string significant(double value, int digits) {
  if (!std::isfinite(value)) return fixed(value, 0);
  if (value == 0) return "0";
  const double magnitude = std::abs(value);
  if (magnitude >= 1e9 || magnitude < 1e-4)
    return to_text(value, std::chars_format::general, digits);
  const int exponent = static_cast<int>(std::floor(std::log10(magnitude)));
  std::string out = fixed(value, std::max(0, digits - 1 - exponent));
  if (out.find('.') == std::string::npos) return out;
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
  return out;
}

std::string duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e12) return "";
  const std::int64_t total = static_cast<std::int64_t>(std::llround(seconds));
  const std::int64_t hours = total / 3600;
  const std::string rest = ":" + two_digits(total / 60 % 60) + ":" + two_digits(total % 60);
  if (hours < 100) return two_digits(hours) + rest;
  return std::to_string(hours / 24) + "d " + two_digits(hours % 24) + rest;
}

std::string without_controls(const std::string& value) {
  std::string out = value;
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F) c = '?';
  }
  return out;
}

std::string valid_utf8(const std::string& value) {
  std::string out;
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t length = utf8_length(value, at);
    out += length == 0 ? "\xEF\xBF\xBD" : value.substr(at, length);
    at += length == 0 ? 1 : length;
  }
  return out;
}

}  // namespace elbow::text
