#pragma once

#include <string>
#include <vector>

#include "mistakes.h"

namespace elbow::stan {

struct Token {
  enum class Kind { word, integer, real, text, symbol, end };
  Kind kind = Kind::end;
  std::string text;
  Place place;

  bool is(const char* symbol) const {
    return (kind == Kind::symbol || kind == Kind::word) && text == symbol;
  }
};

/// The words of a program, comments left out, with a token `end` behind them.
std::vector<Token> tokens_of(const std::string& program, const Mistakes& mistakes);

}  // namespace elbow::stan
