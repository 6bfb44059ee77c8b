#pragma once

#include <ATen/core/Tensor.h>

namespace elbow {

/// Running sums along the last axis: out[..., i] = x[..., 0] + ... + x[..., i].
///
/// `at::cumsum` on the CPU, `scanned_sum` anywhere else: LibTorch's documentation lists the cumsum
/// of floating-point numbers among the operators that its deterministic mode refuses on CUDA.
///
/// @param x [..., n], floating point @return [..., n]
at::Tensor cumulative_sum(const at::Tensor& x);

/// The same in log2(n) rounds, in which each place adds the sum that ends 1, 2, 4, ... places
/// before it. The order of the additions is fixed by n; an infinite or undefined number reaches its
/// own sum and later ones only, as a product with a matrix of ones would not have it (0 * inf).
///
/// Hillis and Steele, "Data Parallel Algorithms", 1986, Communications of the ACM 29(12).
at::Tensor scanned_sum(const at::Tensor& x);

}  // namespace elbow
