// Results of functions whose types no list of overloads gives.
#include <optional>
#include <string>
#include <vector>

#include "elbow/language/stan/signatures.h"

namespace elbow::stan {
namespace {

bool are_integers(const std::vector<Type>& types, std::size_t from) {
  for (std::size_t i = from; i < types.size(); ++i)
    if (!types[i].is_integer()) return false;
  return true;
}

bool is_line(const Type& type) {
  return type.array == 0 && (type.base == Base::vector || type.base == Base::row_vector);
}

/// head, tail, segment, reverse, sort_asc: of a vector, or an array.
std::optional<Type> of_same_kind(const std::vector<Type>& arguments, std::size_t num_integers) {
  if (arguments.size() != 1 + num_integers || !are_integers(arguments, 1)) return std::nullopt;
  if (is_line(arguments[0]) || arguments[0].array > 0) return arguments[0];
  return std::nullopt;
}

std::optional<Type> of_conversion(const std::string& name, const std::vector<Type>& arguments) {
  const Type& from = arguments[0];
  const bool is_list = from.array == 1 && (from.base == Base::real || from.base == Base::integer);
  const bool is_known = from.array == 0 && !from.is_scalar() && from.base != Base::text;
  if (name == "to_matrix") {
    const bool has_sizes = arguments.size() == 3 && are_integers(arguments, 1);
    const bool is_table = from.array == 2 && from.base == Base::real;
    const bool is_rows = from.array == 1 && from.base == Base::row_vector;
    if ((has_sizes && (is_list || is_known)) ||
        (arguments.size() == 1 && (is_known || is_table || is_rows)))
      return Type{Base::matrix, 0};
    return std::nullopt;
  }
  if (arguments.size() != 1) return std::nullopt;
  if (name == "to_array_1d") {
    if (is_known || (from.array > 0 && (from.base == Base::real || from.base == Base::integer)))
      return Type{from.base == Base::integer ? Base::integer : Base::real, 1};
    return std::nullopt;
  }
  if (!is_list && !is_known) return std::nullopt;
  return Type{name == "to_vector" ? Base::vector : Base::row_vector, 0};
}

}  // namespace

std::optional<Type> result_of_varying(const std::string& name, const std::vector<Type>& arguments) {
  if (arguments.empty()) return std::nullopt;
  const Type& first = arguments[0];
  if (name == "rep_array") {
    if (arguments.size() < 2 || arguments.size() > 4 || !are_integers(arguments, 1))
      return std::nullopt;
    return Type{first.base, first.array + static_cast<int>(arguments.size()) - 1};
  }
  if (name == "fma") {
    Type out{Base::real, 0};
    for (const Type& one : arguments) {
      if (one.is_scalar()) continue;
      if (!out.is_scalar() && out != one) return std::nullopt;
      out = one;
    }
    return arguments.size() == 3 ? std::optional<Type>(out) : std::nullopt;
  }
  if (name == "append_array") {
    if (arguments.size() != 2 || first.array == 0) return std::nullopt;
    if (is_assignable(first, arguments[1])) return arguments[1];
    if (is_assignable(arguments[1], first)) return first;
    return std::nullopt;
  }
  if (name == "size" || name == "num_elements")
    return arguments.size() == 1 ? std::optional<Type>(Type{Base::integer, 0}) : std::nullopt;
  if (name == "dims")
    return arguments.size() == 1 ? std::optional<Type>(Type{Base::integer, 1}) : std::nullopt;
  if (name == "is_nan" || name == "is_inf")
    return arguments.size() == 1 && first.is_scalar() ? std::optional<Type>(Type{Base::integer, 0})
                                                      : std::nullopt;
  if (name == "head" || name == "tail") return of_same_kind(arguments, 1);
  if (name == "segment") return of_same_kind(arguments, 2);
  if (name == "reverse" || name == "sort_asc" || name == "sort_desc")
    return of_same_kind(arguments, 0);
  return of_conversion(name, arguments);
}

}  // namespace elbow::stan
