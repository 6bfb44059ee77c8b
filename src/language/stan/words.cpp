#include "words.h"

#include <algorithm>
#include <set>

namespace elbow::stan {
namespace {

constexpr ConstrainedType kConstrained[] = {
    {"simplex", Base::vector, Constraint::simplex},
    {"ordered", Base::vector, Constraint::ordered},
    {"positive_ordered", Base::vector, Constraint::positive_ordered},
    {"unit_vector", Base::vector, Constraint::unit_vector},
    {"cov_matrix", Base::matrix, Constraint::cov_matrix},
    {"corr_matrix", Base::matrix, Constraint::corr_matrix},
    {"cholesky_factor_cov", Base::matrix, Constraint::cholesky_factor_cov},
    {"cholesky_factor_corr", Base::matrix, Constraint::cholesky_factor_corr},
};

}  // namespace

bool is_reserved(const std::string& word) {
  static const std::set<std::string> kWords{
      "for",      "in",          "while",     "repeat",     "until",     "if",     "then",
      "else",     "true",        "false",     "target",     "int",       "real",   "complex",
      "vector",   "row_vector",  "matrix",    "void",       "array",     "return", "break",
      "continue", "profile",     "print",     "reject",     "functions", "data",   "parameters",
      "model",    "transformed", "generated", "quantities", "tuple"};
  return kWords.count(word) > 0 || constrained_type_named(word) != nullptr;
}

std::optional<Base> base_named(const std::string& word) {
  if (word == "int") return Base::integer;
  if (word == "real") return Base::real;
  if (word == "vector") return Base::vector;
  if (word == "row_vector") return Base::row_vector;
  if (word == "matrix") return Base::matrix;
  return std::nullopt;
}

const ConstrainedType* constrained_type_named(const std::string& word) {
  for (const ConstrainedType& one : kConstrained)
    if (word == one.name) return &one;
  return nullptr;
}

void refuse_type(const Mistakes& mistakes,
                 Place place,
                 const std::string& word,
                 const std::string& expected) {
  const int length = std::max(1, static_cast<int>(word.size()));
  if (word.rfind("complex", 0) == 0)
    mistakes.refuse(place, "complex numbers are not supported", "use two real numbers", length);
  if (word == "tuple")
    mistakes.refuse(place, "tuples are not supported", "use a variable for each part", length);
  const std::string unsupported = "the type '" + word + "' is not supported";
  if (word == "sum_to_zero_vector")
    mistakes.refuse(place,
                    unsupported,
                    "declare vector[N - 1] free, and append_row(free, -sum(free)) among the "
                    "transformed parameters",
                    length);
  if (word.find("stochastic_matrix") != std::string::npos)
    mistakes.refuse(place,
                    unsupported,
                    word.rfind("row", 0) == 0 ? "declare array[N] simplex[M], one for each row"
                                              : "declare array[M] simplex[N], one for each column",
                    length);
  mistakes.refuse(place,
                  expected + ", found '" + word + "'",
                  "types are int, real, vector, row_vector, matrix and array[...] of them",
                  length);
}

}  // namespace elbow::stan
