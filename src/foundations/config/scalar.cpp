#include "elbow/foundations/config/scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "elbow/foundations/config/yaml_tree.h"

namespace elbow {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A decimal number taken apart: [sign] digits [. digits] [e exponent].
struct Decimal {
  bool negative = false;
  std::string whole, fraction;
  std::string exponent;  ///< with its sign; empty when none
  bool leading_zero = false;
};

std::string take_digits(const std::string& text, std::size_t& at) {
  const std::size_t start = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return text.substr(start, at - start);
}

std::optional<Decimal> take_apart(const std::string& text) {
  Decimal out;
  std::size_t at = 0;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) out.negative = text[at++] == '-';
  out.whole = take_digits(text, at);
  if (at < text.size() && text[at] == '.') out.fraction = take_digits(text, ++at);
  if (out.whole.empty() && out.fraction.empty()) return std::nullopt;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) out.exponent = text[at++];
    const std::string digits = take_digits(text, at);
    if (digits.empty()) return std::nullopt;
    out.exponent += digits;
  }
  if (at != text.size()) return std::nullopt;
  out.leading_zero = out.whole.size() > 1 && out.whole[0] == '0';
  return out;
}

/// The value when it is finite and representable. from_chars knows no locale.
std::optional<double> to_double(const std::string& text) {
  const char* begin = text.data() + (text[0] == '+' ? 1 : 0);
  const char* end = text.data() + text.size();
  double value = 0.0;
  const auto [rest, error] = std::from_chars(begin, end, value);
  if (error != std::errc{} || rest != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// The integer that the decimal is, exactly: 1e5 and 1.5e3 are, 1.5 is not.
std::optional<std::int64_t> to_integer(const Decimal& decimal) {
  // Far past 64 bits either way; also keeps the exponent's own text from overflowing.
  constexpr long kFar = 400;
  long exponent = 0;
  if (!decimal.exponent.empty()) {
    const char* begin = decimal.exponent.data() + (decimal.exponent[0] == '+' ? 1 : 0);
    const char* end = decimal.exponent.data() + decimal.exponent.size();
    if (std::from_chars(begin, end, exponent).ec != std::errc{}) exponent = kFar + 1;
  }
  std::string digits = decimal.whole + decimal.fraction;
  exponent -= static_cast<long>(decimal.fraction.size());
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty()) return 0;
  while (digits.back() == '0') digits.pop_back(), ++exponent;
  if (exponent < 0 || exponent > kFar) return std::nullopt;
  digits.append(static_cast<std::size_t>(exponent), '0');
  if (decimal.negative) digits.insert(digits.begin(), '-');
  std::int64_t value = 0;
  const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || rest != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// Seconds of 90, 90s, 15m, 3h50m, 1d; units from large to small.
std::optional<double> to_seconds(const std::string& text) {
  static const std::vector<std::pair<char, double>> kUnits{
      {'d', 86400.0}, {'h', 3600.0}, {'m', 60.0}, {'s', 1.0}};
  if (const auto plain = take_apart(text); plain && !plain->leading_zero) return to_double(text);
  double seconds = 0.0;
  std::size_t at = 0, next_unit = 0;
  while (at < text.size()) {
    const std::size_t start = at;
    take_digits(text, at);
    if (at < text.size() && text[at] == '.') take_digits(text, ++at);
    const auto amount = take_apart(text.substr(start, at - start));
    if (!amount || at == text.size()) return std::nullopt;
    while (next_unit < kUnits.size() && kUnits[next_unit].first != text[at]) ++next_unit;
    const auto value = to_double(text.substr(start, at - start));
    if (next_unit == kUnits.size() || !value) return std::nullopt;
    seconds += *value * kUnits[next_unit++].second;
    ++at;
  }
  return text.empty() ? std::nullopt : std::optional<double>(seconds);
}

std::string shown(const std::string& text) {
  constexpr std::size_t kLongest = 60;
  if (text.size() <= kLongest) return "'" + text + "'";
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
  return "'" + text.substr(0, end) + "...'";
}

std::string default_note(const Parameter& parameter) {
  if (!parameter.default_value) return "";
  const Json& value = *parameter.default_value;
  if (value.is_string()) return " (default " + value.get<std::string>() + ")";
  if (value.is_number_float()) return " (default " + number_text(value.get<double>()) + ")";
  if (value.is_number() || value.is_boolean()) return " (default " + value.dump() + ")";
  return "";
}

Converted wrong(const Parameter& parameter, const std::string& text, const std::string& why = "") {
  std::string problem = "expected " + expected_text(parameter) + ", got " + shown(text) + why;
  return {Json(nullptr), problem + default_note(parameter)};
}

Converted in_range(const Parameter& parameter, Json value, const std::string& text) {
  return {value, range_problem(parameter, value.get<double>(), shown(text))};
}

Converted convert_number(const Parameter& parameter, const std::string& text) {
  const auto decimal = take_apart(text);
  if (!decimal) return wrong(parameter, text);
  if (decimal->leading_zero) return wrong(parameter, text, "; leading zeros are not used");
  const bool whole_only =
      parameter.type == ParameterType::integer || parameter.type == ParameterType::integers;
  if (whole_only) {
    const auto value = to_integer(*decimal);
    const auto size = to_double(text);
    const bool too_large = !size || std::fabs(*size) >= 9.2e18;
    if (!value) return wrong(parameter, text, too_large ? "; at most 64 bits" : "");
    return in_range(parameter, Json(*value), text);
  }
  const auto value = to_double(text);
  if (!value) return wrong(parameter, text, "; too large or too small for a double");
  return in_range(parameter, Json(*value), text);
}

Converted convert_text(const Parameter& parameter, const std::string& text) {
  if (text.find('\0') != std::string::npos)
    return wrong(parameter, text, " with a NUL character in it");
  if (parameter.type == ParameterType::path && text.empty()) return wrong(parameter, text);
  return {Json(text), ""};
}

}  // namespace

Converted convert_scalar(const Parameter& parameter, const std::string& text, bool quoted) {
  if (!parameter.word.empty() && text == parameter.word) return {Json(text), ""};
  switch (parameter.type) {
    case ParameterType::text:
    case ParameterType::texts:
    case ParameterType::path:
      return convert_text(parameter, text);
    case ParameterType::choice: {
      const bool known = std::count(parameter.choices.begin(), parameter.choices.end(), text) != 0;
      return known ? Converted{Json(text), ""} : wrong(parameter, text);
    }
    case ParameterType::duration: {
      const auto seconds = to_seconds(text);
      if (!seconds) return wrong(parameter, text);
      const bool past = !std::isfinite(*seconds) || *seconds < 0.0;
      return past ? wrong(parameter, text) : in_range(parameter, Json(*seconds), text);
    }
    default:
      break;
  }
  if (quoted) return wrong(parameter, text, " in quotes");
  if (parameter.type != ParameterType::boolean) return convert_number(parameter, text);
  if (text != "true" && text != "false") return wrong(parameter, text);
  return {Json(text == "true"), ""};
}

std::string range_text(const Parameter& parameter) {
  const auto bound = [](double value) {
    std::string out = number_text(value);
    return out.size() > 2 && out.substr(out.size() - 2) == ".0" ? out.substr(0, out.size() - 2)
                                                                : out;
  };
  const auto& low = parameter.minimum;
  const auto& high = parameter.maximum;
  if (low && high)
    return std::string("in ") + (parameter.exclusive_minimum ? "(" : "[") + bound(*low) + ", " +
           bound(*high) + (parameter.exclusive_maximum ? ")" : "]");
  if (low) return (parameter.exclusive_minimum ? "> " : ">= ") + bound(*low);
  if (high) return (parameter.exclusive_maximum ? "< " : "<= ") + bound(*high);
  return "";
}

std::string range_problem(const Parameter& parameter, double value, const std::string& text) {
  const auto& low = parameter.minimum;
  const auto& high = parameter.maximum;
  const bool below = low && (parameter.exclusive_minimum ? value <= *low : value < *low);
  const bool above = high && (parameter.exclusive_maximum ? value >= *high : value > *high);
  if (!below && !above) return "";
  const bool is_quoted = text.size() > 2 && text.front() == '\'';
  return "must be " + range_text(parameter) + ", got " +
         (is_quoted ? text.substr(1, text.size() - 2) : text);
}

std::string comma_list(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::string expected_text(const Parameter& parameter) {
  std::string range = range_text(parameter);
  if (!range.empty()) range.insert(range.begin(), ' ');
  std::string word;
  if (!parameter.word.empty()) word.append(" or '").append(parameter.word).append("'");
  switch (parameter.type) {
    case ParameterType::boolean:
      return "true or false" + word;
    case ParameterType::integer:
      return "an integer" + range + word;
    case ParameterType::number:
      return "a number" + range + word;
    case ParameterType::text:
      return "text";
    case ParameterType::path:
      return "a file name" + word;
    case ParameterType::choice:
      return "one of " + comma_list(parameter.choices) + word;
    case ParameterType::integers:
      return "a list of integers" + range + word;
    case ParameterType::numbers:
      return "a list of numbers" + range + word;
    case ParameterType::texts:
      return "a list of texts" + word;
    case ParameterType::duration:
      return "a duration" + range + " (90s, 15m, 3h50m)" + word;
    case ParameterType::schedule:
      return "a number" + range + " or a schedule {type: ...}" + word;
    case ParameterType::component:
      return "a map with the key 'type'" + word;
    case ParameterType::components:
      return "a list of maps with the key 'type'";
    case ParameterType::named_components:
      return "a map from names to maps of keys";
    case ParameterType::section:
      return "a map of keys";
  }
  return "a value";
}

}  // namespace elbow
