#include "strict_json.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <unordered_set>
#include <utility>

#include "elbow/foundations/core/error.h"

namespace elbow::io {
namespace {

/// Counts what the parser has consumed, for the byte offsets that its events do not carry.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, std::size_t* consumed) : at_(at), consumed_(consumed) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    ++*consumed_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  std::size_t* consumed_;
};

std::string shown_byte(char c) {
  char text[16];
  if (c >= 0x20 && c < 0x7f) {
    std::snprintf(text, sizeof text, "'%c'", c);
  } else {
    std::snprintf(text, sizeof text, "byte 0x%02X", static_cast<unsigned char>(c));
  }
  return text;
}

/// Builds the value from the parser's events. Only the innermost container grows, so pointers to
/// its parents stay valid.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(std::string_view text, const JsonSource& source) : text_(text), source_(source) {}

  std::size_t consumed = 0;
  StrictJson result;

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(std::int64_t value) override { return add(value); }
  bool number_unsigned(std::uint64_t value) override { return add(value); }
  bool number_float(double value, const std::string&) override { return add(value); }
  bool string(std::string& value) override { return add(std::move(value)); }
  bool binary(Json::binary_t& value) override { return add(Json(std::move(value))); }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    const std::size_t offset = start_of_key();
    if (!keys_.back().insert(name).second) fail(offset, "duplicate key " + quote(name));
    if (open_.size() == 1) result.key_offsets.push_back(offset);
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position,
                   const std::string&,
                   const nlohmann::detail::exception&) override {
    const std::size_t offset = position == 0 ? 0 : position - 1;
    if (offset >= text_.size())
      fail(text_.size(), "not valid JSON: the text ends before the value does");
    fail(offset, "not valid JSON: unexpected " + shown_byte(text_[offset]));
  }

  [[noreturn]] void fail(std::size_t offset, const std::string& what) const {
    throw DataError(
        source_.name + ": byte " + std::to_string(source_.first_byte + offset) + ": " + what,
        "the file is damaged, or is not what its name says; take another copy");
  }

 private:
  Json* place(Json value) {
    if (open_.empty()) {
      result.value = std::move(value);
      return &result.value;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    auto& members = parent.get_ref<Json::object_t&>();
    members.emplace_back(std::move(key_), std::move(value));
    return &members.back().second;
  }
  bool add(Json value) {
    place(std::move(value));
    return true;
  }
  bool open(Json container) {
    if (open_.size() == source_.max_depth) {
      fail(consumed - 1, "nested deeper than " + std::to_string(source_.max_depth) + " levels");
    }
    open_.push_back(place(std::move(container)));
    keys_.emplace_back();
    return true;
  }
  bool close() {
    open_.pop_back();
    keys_.pop_back();
    return true;
  }
  /// The event comes when the key's closing quote was just read: walk back to the quote that is not
  /// escaped.
  std::size_t start_of_key() const {
    std::size_t at = consumed - 1;
    while (at > 0) {
      --at;
      if (text_[at] != '"') continue;
      std::size_t slashes = 0;
      while (slashes < at && text_[at - 1 - slashes] == '\\') ++slashes;
      if (slashes % 2 == 0) break;
    }
    return at;
  }

  std::string_view text_;
  const JsonSource& source_;
  std::vector<Json*> open_;
  std::vector<std::unordered_set<std::string>> keys_;
  std::string key_;
};

}  // namespace

StrictJson parse_strict_json(std::string_view text, const JsonSource& source) {
  Builder builder(text, source);
  // The parser takes a NUL for the end of its input, and would not see what stands behind it.
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) builder.fail(nul, "not valid JSON: unexpected byte 0x00");
  const char* end = text.data() + text.size();
  const bool complete = Json::sax_parse(CountingIterator(text.data(), &builder.consumed),
                                        CountingIterator(end, &builder.consumed),
                                        &builder);
  if (!complete) builder.fail(builder.consumed, "not valid JSON");
  return std::move(builder.result);
}

std::string quote(const std::string& text) {
  constexpr std::size_t kLongest = 80;
  const bool is_long = text.size() > kLongest;
  const std::string shown = is_long ? text.substr(0, kLongest) : text;
  const auto replace = Json::error_handler_t::replace;
  return Json(shown).dump(-1, ' ', /*ensure_ascii=*/true, replace) + (is_long ? "..." : "");
}

}  // namespace elbow::io
