#pragma once

#include <stdexcept>
#include <string>

namespace elbow {

/// The word of an enum value in the schema and in messages. Each enum lists its words beside itself
/// in a function `words(Enum)`, found by its argument.
template <class Enum>
std::string word_of(Enum value) {
  for (const auto& [candidate, word] : words(Enum{}))
    if (candidate == value) return word;
  throw std::logic_error("schema: a value of a trait has no word");
}

/// The value of a word. @throws std::logic_error for a word that the enum does not have
template <class Enum>
Enum of_word(const std::string& text) {
  for (const auto& [value, word] : words(Enum{}))
    if (text == word) return value;
  throw std::logic_error("schema: no value of a trait is called '" + text + "'");
}

}  // namespace elbow
