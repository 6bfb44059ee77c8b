#pragma once

namespace elbow::stan {

/// What is supported, for signatures.cpp. Overloads are written as in Stan's reference:
/// result(types), where `reals`, `ints` and `vectors` stand for several types.
struct TableRow {
  const char* names;  ///< with spaces between
  const char* overloads;
};

extern const TableRow kListed[];
extern const int kNumListed;
/// Names of element-by-element functions, with spaces between.
extern const char* const kUnary;
extern const char* const kBinary;
extern const char* const kLogical;
/// Functions whose result depends on their arguments in other ways: rep_array, to_array_1d, ...
extern const char* const kVarying;
/// Distributions of one number: "normal reals reals"; the arguments of counts are `ints`; an !
/// marks those without distribution functions.
extern const char* const kContinuous[];
extern const int kNumContinuous;
extern const char* const kDiscrete[];
extern const int kNumDiscrete;

}  // namespace elbow::stan
