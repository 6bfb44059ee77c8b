#include "cli/common/flag_values.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <locale>
#include <sstream>

#include "elbow/foundations/config/loader.h"
#include "elbow/foundations/core/error.h"

namespace elbow::cli {
namespace {

bool is_digits(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string expected_but_got(const std::string& flag,
                             const std::string& expected,
                             const std::string& text) {
  return "--" + flag + ": expected " + expected + ", got '" + text + "'";
}

void check_choice(const Flag& flag, const std::string& text) {
  if (contains(flag.choices, text)) return;
  const std::string near = nearest_word(text, flag.choices);
  fail_usage(expected_but_got(flag.name, flag.value, text) +
             (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

}  // namespace

void fail_usage(const std::string& message, const std::string& help) {
  throw UsageError("command line: error: " + message, help);
}

bool parse_integer(const std::string& text, std::int64_t* value) {
  if (text.empty()) return false;
  const std::string digits = text[0] == '-' ? text.substr(1) : text;
  if (!is_digits(digits)) return false;
  errno = 0;
  *value = std::strtoll(text.c_str(), nullptr, 10);
  return errno == 0;
}

bool parse_number(const std::string& text, double* value) {
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  stream >> std::noskipws >> *value;
  return !stream.fail() && stream.peek() == std::char_traits<char>::eof() && std::isfinite(*value);
}

std::string expected_integer(const Flag& flag, const std::string& text) {
  // Digits that do not fit into 64 bits are too many as well.
  std::int64_t whole = 0;
  const bool is_large = is_digits(text) && (!parse_integer(text, &whole) || whole > flag.maximum);
  return (flag.choices.empty() ? "" : flag.choices[0] + " or ") +
         (is_large ? "an integer <= " + std::to_string(flag.maximum)
                   : "an integer >= " + std::to_string(flag.minimum));
}

void check_value(const Flag& flag, const std::string& text) {
  std::int64_t whole = 0;
  double real = 0;
  switch (flag.type) {
    case FlagType::text:
    case FlagType::path:
      if (text.empty()) fail_usage("--" + flag.name + ": expected " + flag.value + ", got nothing");
      return;
    case FlagType::choice:
      return check_choice(flag, text);
    case FlagType::integer:
      if (contains(flag.choices, text)) return;
      if (parse_integer(text, &whole) && whole >= flag.minimum && whole <= flag.maximum) return;
      fail_usage(expected_but_got(flag.name, expected_integer(flag, text), text));
    case FlagType::number:
      if (parse_number(text, &real) && real > 0) return;
      fail_usage(expected_but_got(flag.name, "a number > 0", text));
    case FlagType::duration:
      if (parse_duration(text, &real)) return;
      fail_usage(expected_but_got(flag.name, "a time such as 90s, 15m or 3h50m", text));
    case FlagType::device:
      if (text.rfind("cuda:", 0) == 0 && is_digits(text.substr(5))) return;
      return check_choice(flag, text);
    case FlagType::checkpoint:
      if (is_digits(text) || (text.rfind("step-", 0) == 0 && is_digits(text.substr(5)))) return;
      return check_choice(flag, text);
  }
}

std::string CommandLine::text(const std::string& flag, const std::string& fallback) const {
  const auto found = flags.find(flag);
  return found == flags.end() ? fallback : found->second;
}

std::int64_t CommandLine::integer(const std::string& flag,
                                  std::int64_t fallback,
                                  std::int64_t minimum) const {
  if (!has(flag)) return fallback;
  std::int64_t value = 0;
  if (parse_integer(text(flag), &value) && value >= minimum) return value;
  fail_usage(expected_but_got(flag, "an integer >= " + std::to_string(minimum), text(flag)));
}

double CommandLine::number(const std::string& flag, double fallback) const {
  if (!has(flag)) return fallback;
  double value = 0;
  if (parse_number(text(flag), &value) && value > 0) return value;
  fail_usage(expected_but_got(flag, "a number > 0", text(flag)));
}

double CommandLine::seconds(const std::string& flag, double fallback) const {
  if (!has(flag)) return fallback;
  double value = 0;
  if (parse_duration(text(flag), &value)) return value;
  fail_usage(expected_but_got(flag, "a time such as 90s, 15m or 3h50m", text(flag)));
}

std::vector<std::string> CommandLine::overrides() const {
  if (positional.empty()) return {};
  return {positional.begin() + 1, positional.end()};
}

std::vector<std::string> CommandLine::overrides_with_flags() const {
  std::vector<std::string> out = overrides();
  for (const char* key : {"device", "threads", "seed"})
    if (has(key)) out.push_back(std::string("++") + key + "=" + text(key));
  return out;
}

bool parse_duration(const std::string& text, double* seconds) {
  double plain = 0;
  if (parse_number(text, &plain)) {
    *seconds = plain;
    return plain > 0;
  }
  const std::string units = "dhms";
  const double sizes[] = {86400, 3600, 60, 1};
  double total = 0;
  std::size_t position = 0, last_unit = 0;
  while (position < text.size()) {
    const auto end = text.find_first_of(units, position);
    if (end == std::string::npos) return false;
    const std::size_t unit = units.find(text[end]);
    double count = 0;
    // Units descend and none comes twice: 50m3h is a slip of the finger.
    if ((position > 0 && unit <= last_unit) ||
        !parse_number(text.substr(position, end - position), &count) || count < 0) {
      return false;
    }
    total += count * sizes[unit];
    last_unit = unit;
    position = end + 1;
  }
  *seconds = total;
  return total > 0;
}

}  // namespace elbow::cli
