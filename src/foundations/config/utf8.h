#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace elbow {

struct Character {
  std::size_t bytes = 0;  ///< 0 when the bytes are no UTF-8
  std::uint32_t code = 0;
};

/// Decodes one character; overlong forms, surrogates and codes past U+10FFFF are no UTF-8 (RFC
/// 3629).
Character decode_utf8(const std::string& text, std::size_t at);

/// The text with a '?' for every byte that is no UTF-8 and every control character but tab and line
/// feed: what comes from a file or the command line must not steer a terminal, nor break JSON
/// output.
std::string printable_utf8(const std::string& text);

}  // namespace elbow
