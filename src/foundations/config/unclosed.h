#pragma once

#include <optional>
#include <string>

namespace elbow {

/// A position in a text; both 0-based, the column in bytes.
struct TextPosition {
  int line = 0;
  int column = 0;
};

/// The first quote that is not closed on its own line. A parser notices it only much later, at some
/// other line.
std::optional<TextPosition> unclosed_quote(const std::string& text);

/// The innermost bracket that is still open at a position.
std::optional<TextPosition> open_bracket(const std::string& text, const TextPosition& until);

}  // namespace elbow
