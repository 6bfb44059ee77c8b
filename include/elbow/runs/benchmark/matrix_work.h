#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <tuple>

namespace elbow {

/// The product of an [m, k] with a [k, n] matrix, `batch` of them at once. A convolution is the
/// product that it would be over patches.
struct ProductShape {
  std::int64_t batch = 1, m = 0, k = 0, n = 0;

  /// Two operations for each multiply-add.
  double flops() const {
    return 2.0 * static_cast<double>(batch * m) * static_cast<double>(k) * static_cast<double>(n);
  }
  bool operator<(const ProductShape& other) const {
    return std::tie(batch, m, k, n) < std::tie(other.batch, other.m, other.k, other.n);
  }
};

/// The matrix products that some work consists of: each shape, and how often.
using MatrixWork = std::map<ProductShape, std::int64_t>;

double flops_of(const MatrixWork& work);

/// What `work` asks LibTorch for, forward and backward, on whatever thread: mm, addmm, bmm,
/// baddbmm, mv, addmv, convolution and its gradients. The sizes are those that the modules have in
/// fact, so that any configuration can be counted; elementwise work is not. Layers run by
/// LibTorch's operators meanwhile, whatever loops of our own would take their place. Not to be used
/// while another count is under way.
MatrixWork count_matrix_work(const std::function<void()>& work);

}  // namespace elbow
