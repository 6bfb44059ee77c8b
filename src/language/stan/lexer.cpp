#include "lexer.h"

#include <cctype>
#include <cstring>

namespace elbow::stan {
namespace {

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

class Lexer {
 public:
  Lexer(const std::string& text, const Mistakes& mistakes) : text_(text), mistakes_(mistakes) {}

  std::vector<Token> run() {
    std::vector<Token> out;
    for (skip(); at_ < text_.size(); skip()) out.push_back(next());
    Token end;
    end.place = place();
    out.push_back(end);
    return out;
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  Place place() const { return {line_, static_cast<int>(at_ - line_begin_) + 1}; }
  void advance() {
    if (text_[at_++] == '\n') {
      ++line_;
      line_begin_ = at_;
    }
  }

  /// White space and comments.
  void skip() {
    while (at_ < text_.size()) {
      if (std::isspace(static_cast<unsigned char>(peek())) != 0) {
        advance();
      } else if (peek() == '/' && peek(1) == '/') {
        while (at_ < text_.size() && peek() != '\n') advance();
      } else if (peek() == '/' && peek(1) == '*') {
        skip_long_comment();
      } else {
        return;
      }
    }
  }

  void skip_long_comment() {
    const Place begin = place();
    advance();
    advance();
    while (at_ < text_.size() && !(peek() == '*' && peek(1) == '/')) advance();
    if (at_ >= text_.size())
      mistakes_.refuse(begin, "this comment has no end", "close it with */", 2);
    advance();
    advance();
  }

  Token next() {
    Token out;
    out.place = place();
    const char c = peek();
    if (is_letter(c)) {
      out.kind = Token::Kind::word;
      while (is_letter(peek()) || is_digit(peek()) || peek() == '_') out.text += text_[at_++];
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      read_number(out);
    } else if (c == '"') {
      read_text(out);
    } else {
      read_symbol(out);
    }
    return out;
  }

  void read_digits(Token& out) {
    while (is_digit(peek()) || (peek() == '_' && is_digit(peek(1)))) {
      if (peek() != '_') out.text += peek();
      ++at_;
    }
  }

  void read_number(Token& out) {
    out.kind = Token::Kind::integer;
    read_digits(out);
    // 1.* is 1 times, element by element.
    if (peek() == '.' && peek(1) != '*' && peek(1) != '/' && peek(1) != '^') {
      out.kind = Token::Kind::real;
      out.text += text_[at_++];
      read_digits(out);
    }
    const bool has_sign = peek(1) == '+' || peek(1) == '-';
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(has_sign ? 2 : 1))) {
      out.kind = Token::Kind::real;
      out.text += text_[at_++];
      if (has_sign) out.text += text_[at_++];
      read_digits(out);
    }
    if (peek() == 'i' && !is_letter(peek(1)))
      mistakes_.refuse(out.place, "complex numbers are not supported", "use two real numbers");
    if (is_letter(peek()) || peek() == '_')
      mistakes_.refuse(out.place,
                       "expected a number, found '" + out.text + peek() + "'",
                       "a name begins with a letter; write * for a product");
  }

  void read_text(Token& out) {
    out.kind = Token::Kind::text;
    ++at_;
    while (at_ < text_.size() && peek() != '"' && peek() != '\n') out.text += text_[at_++];
    if (peek() != '"')
      mistakes_.refuse(out.place, "this text has no end", "close it with \" on the same line");
    ++at_;
  }

  void read_symbol(Token& out) {
    static const char* const kSymbols[] = {"%/%", ".*=", "./=", "<-", "<=", ">=", "==", "!=", "&&",
                                           "||",  "+=",  "-=",  "*=", "/=", ".*", "./", ".^", "{",
                                           "}",   "[",   "]",   "(",  ")",  ",",  ";",  ":",  "?",
                                           "~",   "=",   "<",   ">",  "+",  "-",  "*",  "/",  "\\",
                                           "^",   "%",   "!",   "'",  "|"};
    out.kind = Token::Kind::symbol;
    for (const char* symbol : kSymbols) {
      const std::size_t size = std::strlen(symbol);
      if (text_.compare(at_, size, symbol) != 0) continue;
      out.text = symbol;
      at_ += size;
      count_depth(out);
      return;
    }
    refuse_symbol(out.place);
  }

  /// Before the parser has to go as deep.
  void count_depth(const Token& token) {
    constexpr int kDeepest = 1000;
    const char c = token.text[0];
    depth_ += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
    if (depth_ > kDeepest)
      mistakes_.refuse(token.place,
                       "nested more than " + std::to_string(kDeepest) + " brackets deep",
                       "close them, or give parts of it names of their own");
  }

  [[noreturn]] void refuse_symbol(Place where) const {
    const char c = peek();
    if (c == '#')
      mistakes_.refuse(where,
                       "#include and # comments are not supported",
                       "put the included file's text in its place; comments begin with //");
    const auto code = static_cast<unsigned char>(c);
    if (code < 32 || code >= 127)
      mistakes_.refuse(where,
                       "a byte that no Stan program has: " + std::to_string(code),
                       "the file has to be the text of a program, in ASCII outside of comments");
    mistakes_.refuse(where,
                     std::string("unexpected character '") + c + "'",
                     "Stan has no such operator; see docs/programs.md");
  }

  const std::string& text_;
  const Mistakes& mistakes_;
  std::size_t at_ = 0, line_begin_ = 0;
  int line_ = 1, depth_ = 0;
};

}  // namespace

std::vector<Token> tokens_of(const std::string& program, const Mistakes& mistakes) {
  return Lexer(program, mistakes).run();
}

}  // namespace elbow::stan
