#pragma once

#include <cstdint>
#include <string>

/// Numbers as text, the same under every locale.
namespace elbow::text {

/// 12345 -> "12,345".
std::string thousands(std::int64_t value);
/// Fixed decimals with thousands separators: (12345.678, 1) -> "12,345.7". Non-finite: "undefined"
/// for NaN, "inf", "-inf".
std::string fixed(double value, int decimals);
/// About `digits` significant digits: -235.163, 0.001, 2.5e-05, 12,345,678.
std::string significant(double value, int digits);
/// "00:13:20"; with days from 100 hours on: "4d 04:00:00". Negative or non-finite: "".
std::string duration(double seconds);
/// Control characters (but newline and tab) become '?', so that a string cannot steer the terminal.
std::string without_controls(const std::string& value);
/// Well-formed UTF-8: each byte that is not part of it becomes U+FFFD.
std::string valid_utf8(const std::string& value);

}  // namespace elbow::text
