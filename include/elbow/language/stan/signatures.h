#pragma once

#include <optional>
#include <string>
#include <vector>

#include "elbow/language/stan/syntax.h"

namespace elbow::stan {

/// How the types of a function's arguments determine that of its result.
enum class Rule {
  listed,   ///< one of `overloads`
  unary,    ///< a number or anything of numbers, element by element
  binary,   ///< the same of two, of which one may be a scalar
  logical,  ///< two numbers; an int
  varying,  ///< by the function's own rule (checker.cpp)
};

/// A parameter in an overload: a type, or one of several.
enum class Pattern {
  exact,
  reals,    ///< real, vector, row_vector, array[] real (or int)
  ints,     ///< int, array[] int
  vectors,  ///< vector, row_vector, or an array of them
};
struct Parameter {
  Pattern pattern = Pattern::exact;
  Type type;
};
struct Overload {
  Type result;
  std::vector<Parameter> parameters;
};

/// A function of the language, or an operator ("operator+").
struct Signature {
  std::string name;
  Rule rule = Rule::listed;
  std::vector<Overload> overloads;
};

/// All that are supported, by name.
const std::vector<Signature>& signatures();
const Signature* find_signature(const std::string& name);

/// Whether the name ends in _lpdf, _lpmf, _lupdf, _lupmf, _cdf, _lcdf or _lccdf, whose first
/// argument stands before a bar.
bool is_density_name(const std::string& name);
/// "normal" of a distribution that ~ can name; its function's name, normal_lpdf. "" for none.
std::string density_of(const std::string& distribution);
/// The names of distributions for ~.
std::vector<std::string> distributions();

/// Whether a value of the one type may stand where the other is wanted: equal, or int for real.
bool is_assignable(const Type& from, const Type& to);
/// The type of a call; none where no overload takes these arguments.
std::optional<Type> result_of(const Signature& signature, const std::vector<Type>& arguments);
/// What a function takes, in words, for messages and the reference.
std::string describe(const Signature& signature);

}  // namespace elbow::stan
