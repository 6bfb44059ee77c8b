#include "unclosed.h"

#include <vector>

namespace elbow {
namespace {

/// Knows just enough of YAML to tell quotes, brackets and comments apart. Block scalars look like
/// plain lines to it, so that it is asked only after the real parser has given up.
class Scanner {
 public:
  void step(char c) {
    if (escaped_) {
      escaped_ = false;
    } else if (quote_ != 0) {
      inside_quote(c);
    } else if (!in_comment_) {
      outside(c);
    }
    advance(c);
  }

  bool in_quote() const { return quote_ != 0; }
  const TextPosition& quote_start() const { return quote_start_; }
  const TextPosition& position() const { return at_; }
  const std::vector<TextPosition>& brackets() const { return brackets_; }

 private:
  void inside_quote(char c) {
    if (c == '\\' && quote_ == '"') escaped_ = true;
    if (c == quote_) quote_ = 0;
  }

  void outside(char c) {
    const bool after_blank = before_ == ' ' || before_ == '\n' || before_ == '\t';
    const bool starts_token = after_blank || before_ == '[' || before_ == '{' || before_ == ',';
    // The second quote of '' closes and reopens, which comes out the same.
    const bool reopens = c == '\'' && before_ == '\'';
    if ((c == '"' || c == '\'') && (starts_token || reopens)) {
      quote_ = c;
      if (!reopens) quote_start_ = at_;
    }
    if (c == '#' && after_blank) in_comment_ = true;
    if ((c == '[' || c == '{') && (starts_token || !brackets_.empty())) brackets_.push_back(at_);
    if ((c == ']' || c == '}') && !brackets_.empty()) brackets_.pop_back();
  }

  void advance(char c) {
    before_ = c;
    ++at_.column;
    if (c != '\n') return;
    in_comment_ = false;
    ++at_.line;
    at_.column = 0;
  }

  TextPosition at_;
  TextPosition quote_start_;
  std::vector<TextPosition> brackets_;
  char before_ = '\n';
  char quote_ = 0;
  bool escaped_ = false;
  bool in_comment_ = false;
};

}  // namespace

std::optional<TextPosition> unclosed_quote(const std::string& text) {
  Scanner scanner;
  for (const char c : text) {
    if (c == '\n' && scanner.in_quote()) return scanner.quote_start();
    scanner.step(c);
  }
  if (!scanner.in_quote()) return std::nullopt;
  return scanner.quote_start();
}

std::optional<TextPosition> open_bracket(const std::string& text, const TextPosition& until) {
  Scanner scanner;
  for (const char c : text) {
    const TextPosition& at = scanner.position();
    if (at.line > until.line || (at.line == until.line && at.column >= until.column)) break;
    scanner.step(c);
  }
  if (scanner.brackets().empty()) return std::nullopt;
  return scanner.brackets().back();
}

}  // namespace elbow
