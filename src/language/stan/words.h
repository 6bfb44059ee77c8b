#pragma once

#include <optional>
#include <string>

#include "mistakes.h"

namespace elbow::stan {

/// A word that no variable or function may be named by.
bool is_reserved(const std::string& word);
/// int, real, vector, row_vector, matrix.
std::optional<Base> base_named(const std::string& word);
/// simplex, ordered, ...: what they are a kind of, and what holds of them.
struct ConstrainedType {
  const char* name;
  Base base;
  Constraint constraint;
};
const ConstrainedType* constrained_type_named(const std::string& word);
/// A type that is not supported, or none at all.
[[noreturn]] void refuse_type(const Mistakes& mistakes,
                              Place place,
                              const std::string& word,
                              const std::string& expected);

/// Whether a longer text ends so: "normal_lpdf" in "_lpdf".
inline bool ends_in(const std::string& text, const std::string& ending) {
  return text.size() > ending.size() &&
         text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

}  // namespace elbow::stan
