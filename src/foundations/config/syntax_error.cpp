#include "syntax_error.h"

#include <array>
#include <limits>

#include "unclosed.h"

namespace elbow {
namespace {

struct SyntaxWords {
  const char* theirs;  ///< beginning of yaml-cpp's text
  const char* message;
  const char* help;
};

// clang-format off
constexpr std::array<SyntaxWords, 16> kSyntaxWords{{
    {"end of map not found", "this line fits no section above it", "keys of one section start in the same column"},
    {"end of sequence not found", "this line fits no list above it", "items of one list start in the same column"},
    {"illegal map value", "':' is not expected here", "is the line indented too far? A value with ': ' needs quotes"},
    {"illegal map key", "a key is not expected here", "is the line indented too far?"},
    {"illegal block entry", "'- ' is not expected here", "start the list on a line of its own"},
    {"illegal flow end", "a closing bracket without an opening one", "check the brackets"},
    {"illegal tab", "a tab in the indentation (expected spaces)", "replace each tab by two spaces"},
    {"unknown token", "this character cannot start a value", "put the value in quotes"},
    {"illegal character in scalar", "this character cannot stand in a value", "put the value in quotes"},
    {"the referenced anchor is not defined", "the alias names no anchor", "put a value that starts with '*' in quotes"},
    {"unknown escape character", "unknown escape in double quotes", "use single quotes, or double the backslash"},
    {"bad character found while scanning hex", "unknown escape in double quotes", "use single quotes, or double the backslash"},
    {"invalid unicode", "the escape names no character", "use single quotes, or double the backslash"},
    {"cannot assign multiple tags", "tags are not used here", "remove the tag"},
    {"cannot assign multiple anchors", "two anchors on one value", "keep one of them"},
    {"aliases can't have any content", "an alias has no value of its own", "remove what follows it"},
}};
// clang-format on

bool is_about_brackets(const std::string& message) {
  using namespace YAML::ErrorMsg;
  return message == END_OF_MAP_FLOW || message == END_OF_SEQ_FLOW || message == FLOW_END;
}

/// Says where a quote or bracket opens that is not closed: the parser gives up much later, if it
/// gives a place at all.
bool report_unclosed(const YAML::ParserException& error,
                     const std::string& text,
                     const TreeBuilder& builder,
                     Diagnostics& diagnostics) {
  constexpr int kEnd = std::numeric_limits<int>::max();
  const auto quote = unclosed_quote(text);
  std::optional<TextPosition> found = quote;
  if (!found && is_about_brackets(error.msg))
    found = open_bracket(text, {error.mark.line, error.mark.column});
  if (!found && is_about_brackets(error.msg)) found = open_bracket(text, {kEnd, kEnd});
  if (!found) return false;
  YAML::Mark mark = error.mark;
  mark.line = found->line;
  mark.column = found->column;
  const Place place = builder.place(mark);
  if (quote)
    diagnostics.add(place,
                    "",
                    "a quote is not closed on its line",
                    "",
                    "a quote inside quotes is doubled: 'it''s'");
  else if (builder.at(*found) == '[')
    diagnostics.add(place, "", "'[' is not closed by ']'", "", "check commas and brackets; [1, 2]");
  else
    diagnostics.add(
        place, "", "'{' is not closed by '}'", "", "check commas and brackets; {a: 1, b: 2}");
  return true;
}

}  // namespace

void report_syntax(const YAML::ParserException& error,
                   const std::string& text,
                   const TreeBuilder& builder,
                   Diagnostics& diagnostics) {
  if (report_unclosed(error, text, builder, diagnostics)) return;
  const Place place = builder.place(error.mark);
  for (const auto& words : kSyntaxWords) {
    if (error.msg.rfind(words.theirs, 0) != 0) continue;
    diagnostics.add(place, "", words.message, "", words.help);
    return;
  }
  diagnostics.add(
      place, "", "this cannot be read as YAML", "", "check indentation, quotes and brackets");
}

}  // namespace elbow
