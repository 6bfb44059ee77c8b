#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tril_indices.h>
#include <c10/util/Exception.h>

#include <cstdint>
#include <string>

#include "elbow/foundations/core/shape.h"

namespace elbow {

/// A lower triangle of n rows written as a vector row by row, with its diagonal or without.
enum class Diagonal { included, excluded };

inline std::int64_t triangle_count(std::int64_t n, Diagonal diagonal) {
  return diagonal == Diagonal::included ? n * (n + 1) / 2 : n * (n - 1) / 2;
}

/// [..., count] to [..., n, n]. @throws c10::Error when no triangle has that many numbers
inline Shape matrix_shape(const Shape& vector, Diagonal diagonal, const std::string& name) {
  TORCH_CHECK(!vector.empty(), name, ": expected a vector [...] of a triangle, got a number");
  std::int64_t n = 1;
  while (triangle_count(n, diagonal) < vector.back()) ++n;
  TORCH_CHECK(triangle_count(n, diagonal) == vector.back(),
              name,
              ": no lower triangle ",
              diagonal == Diagonal::included ? "with" : "without",
              " its diagonal has ",
              vector.back(),
              " numbers; of ",
              n,
              " rows it has ",
              triangle_count(n, diagonal));
  Shape out(vector.begin(), vector.end() - 1);
  out.insert(out.end(), {n, n});
  return out;
}

/// [..., n, n] to [..., count]. @throws c10::Error when the matrix is not square
inline Shape triangle_shape(const Shape& matrix, Diagonal diagonal, const std::string& name) {
  const std::size_t rank = matrix.size();
  TORCH_CHECK(rank >= 2 && matrix[rank - 2] == matrix[rank - 1] && matrix.back() >= 1,
              name,
              ": expected a square matrix [..., n, n], got shape ",
              at::IntArrayRef(matrix));
  Shape out(matrix.begin(), matrix.end() - 2);
  out.push_back(triangle_count(matrix.back(), diagonal));
  return out;
}

/// A matrix with the vector in its lower triangle and 0 elsewhere. @param x [..., count]
inline at::Tensor fill_triangle(const at::Tensor& x, std::int64_t n, Diagonal diagonal) {
  const at::TensorOptions options = x.options().dtype(at::kLong);
  const at::Tensor is_filled =
      at::ones({n, n}, options).tril(diagonal == Diagonal::included ? 0 : -1).flatten();
  // Every other place takes the 0 put behind the vector: a gather has a gradient of any order.
  const at::Tensor source = (is_filled.cumsum(0) - 1).masked_fill(is_filled == 0, x.size(-1));
  return at::constant_pad_nd(x, {0, 1}).index_select(-1, source).unflatten(-1, {n, n});
}

/// The lower triangle as a vector. @param matrix [..., n, n] @return [..., count]
inline at::Tensor read_triangle(const at::Tensor& matrix, Diagonal diagonal) {
  const std::int64_t n = matrix.size(-1);
  const at::Tensor places = at::tril_indices(
      n, n, diagonal == Diagonal::included ? 0 : -1, matrix.options().dtype(at::kLong));
  return matrix.flatten(-2).index_select(-1, places.select(0, 0) * n + places.select(0, 1));
}

/// The diagonal of each matrix, [..., n, n] to [..., n].
inline at::Tensor diagonal_of(const at::Tensor& matrix) { return matrix.diagonal(0, -2, -1); }

}  // namespace elbow
