#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "elbow/language/stan/syntax.h"

namespace elbow::programs {

using at::Tensor;

/// A value of a program's variable or expression, for K draws of the parameters at once.
///
/// An int is `integer`; a real that no parameter has a part in is `number`; everything else is a
/// tensor of float64 (int64 for arrays of int), [dims...], or [K, dims...] where parameters have a
/// part in it. What is written element by element is kept as `parts` along its first dimension, and
/// stacked when it is wanted whole: the backward pass then meets one stack in place of a copy of
/// the whole for each element.
struct Value {
  using Parts = std::vector<Value>;

  stan::Type type;
  std::int64_t integer = 0;
  double number = 0;
  Tensor tensor;
  bool is_batched = false;
  std::shared_ptr<Parts> parts;

  static Value of(std::int64_t integer);
  static Value of(double number);
  /// @param tensor [K, dims...] where `is_batched`; a number for an unbatched real
  static Value of(stan::Type type, const Tensor& tensor, bool is_batched);
  /// An array of integers.
  static Value of(const std::vector<std::int64_t>& integers);

  bool is_scalar() const { return type.is_scalar(); }
  /// float64 [K?, dims...]: of a scalar [] or [K].
  Tensor whole() const;
  /// Stacks the parts, if they are what there is.
  void settle();
  /// Sizes without that of the draws.
  std::vector<std::int64_t> sizes() const;
  std::int64_t size() const;  ///< of the first dimension
  /// @param i from 0, checked by the caller
  Value part(std::int64_t i) const;
  /// The part itself, to be assigned; from then on this value is kept in parts.
  Value& part_to_write(std::int64_t i);
  /// The elements of an array of integers.
  std::vector<std::int64_t> integers() const;
  double as_number() const;  ///< of a scalar without draws

 private:
  void split();
};

/// The type of a value's parts: real of vector, row_vector of matrix.
stan::Type type_of_parts(stan::Type type);
/// The value as one of this type: int as real.
Value converted(const Value& value, const stan::Type& type);
/// Not a number, of these sizes: what a declaration makes.
Value undefined_value(const stan::Type& type, const std::vector<std::int64_t>& sizes);
/// What integers are before they are assigned.
constexpr std::int64_t kUnsetInteger = std::numeric_limits<std::int32_t>::min();
/// Joins parts along a new first dimension.
Value joined(const stan::Type& type, std::vector<Value> parts);

/// float64 tensors of values with the draws first, which broadcast with each other: scalars get as
/// many dimensions of one as the containers have. @param rank of the containers
Tensor with_rank(const Value& value, std::int64_t rank);

/// These draws have no density, with the reason.
struct Rejection : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// A condition, index or draw depends on the parameters: one draw has to be evaluated at a time.
struct NeedsSingleDraws {};

}  // namespace elbow::programs
