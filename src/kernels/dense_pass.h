#pragma once

#include "dense_kernels.h"
#include "simd_functions.h"

// Bias and nonlinearity of a fully connected layer.
namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// value(x) and slope(y), the derivative where the value is y, which dense_column knows for two of
/// them. NaN, 0 and large numbers give what they give in LibTorch's operators.
template <class Real, Nonlinearity kKind>
struct NonlinearityOf;

template <class Real>
struct NonlinearityOf<Real, Nonlinearity::identity> {
  ELBOW_INLINE static VecOf<Real> value(VecOf<Real> x) { return x; }
};
template <class Real>
struct NonlinearityOf<Real, Nonlinearity::relu> {
  ELBOW_INLINE static VecOf<Real> value(VecOf<Real> x) { return x < Real(0) ? VecOf<Real>{} : x; }
};
template <class Real>
struct NonlinearityOf<Real, Nonlinearity::leaky_relu> {
  static constexpr Real kSlope = Real(0.01);
  ELBOW_INLINE static VecOf<Real> value(VecOf<Real> x) { return x > Real(0) ? x : x * kSlope; }
  ELBOW_INLINE static VecOf<Real> slope(VecOf<Real> y) {
    return y > Real(0) ? broadcast_of<Real>(Real(1)) : broadcast_of<Real>(kSlope);
  }
};
template <class Real>
struct NonlinearityOf<Real, Nonlinearity::elu> {
  ELBOW_INLINE static VecOf<Real> value(VecOf<Real> x) {
    return x > Real(0) ? x : expm1_of<Real>(x);
  }
  ELBOW_INLINE static VecOf<Real> slope(VecOf<Real> y) {
    return y > Real(0) ? broadcast_of<Real>(Real(1)) : y + Real(1);
  }
};
template <class Real>
struct NonlinearityOf<Real, Nonlinearity::selu> {
  // Klambauer, Unterthiner, Mayr, Hochreiter, 2017, arXiv:1706.02515, equation 14.
  static constexpr Real kScale = Real(1.0507009873554804934193349852946);
  static constexpr Real kLeft = kScale * Real(1.6732632423543772848170429916717);
  ELBOW_INLINE static VecOf<Real> value(VecOf<Real> x) {
    return x > Real(0) ? x * kScale : expm1_of<Real>(x) * kLeft;
  }
  ELBOW_INLINE static VecOf<Real> slope(VecOf<Real> y) {
    return y > Real(0) ? broadcast_of<Real>(kScale) : y + kLeft;
  }
};
template <class Real>
struct NonlinearityOf<Real, Nonlinearity::tanh> {
  ELBOW_INLINE static VecOf<Real> value(VecOf<Real> x) { return tanh_of<Real>(x); }
  ELBOW_INLINE static VecOf<Real> slope(VecOf<Real> y) { return Real(1) - y * y; }
};
template <class Real>
struct NonlinearityOf<Real, Nonlinearity::sigmoid> {
  ELBOW_INLINE static VecOf<Real> value(VecOf<Real> x) { return sigmoid_of<Real>(x); }
  ELBOW_INLINE static VecOf<Real> slope(VecOf<Real> y) { return (Real(1) - y) * y; }
};
template <class Real>
struct NonlinearityOf<Real, Nonlinearity::softplus> {
  // LibTorch's is the identity from here on.
  static constexpr Real kStraight = Real(20);
  ELBOW_INLINE static VecOf<Real> value(VecOf<Real> x) {
    return x > kStraight ? x : softplus_of<Real>(x);
  }
  ELBOW_INLINE static VecOf<Real> slope(VecOf<Real> y) {
    return y > kStraight ? broadcast_of<Real>(Real(1)) : -expm1_of<Real>(-y);
  }
};

template <class Real, Nonlinearity kKind>
void dense_forward_of(const DenseForward<Real>& pass, std::int64_t first, std::int64_t end) {
  for (std::int64_t row = first; row < end; ++row) {
    Real* const values = pass.values + row * pass.cols;
    for (std::int64_t c = 0; c < pass.cols; c += kLanesOf<Real>) {
      const std::int64_t left = pass.cols - c;
      const VecOf<Real> x = load_up_to<Real>(values + c, left, Real(0)) +
                            load_up_to<Real>(pass.bias + c, left, Real(0));
      store_up_to<Real>(values + c, NonlinearityOf<Real, kKind>::value(x), left);
    }
  }
}

/// One vector of columns, from row `row` on: the sum of the gradient before the nonlinearity. Rows
/// are added up in groups, which loses less than one long sum.
template <class Real, Nonlinearity kKind>
ELBOW_INLINE VecOf<Real> dense_column(const DenseBackward<Real>& pass,
                                      std::int64_t c,
                                      std::int64_t left) {
  constexpr std::int64_t kGroup = 32;
  VecOf<Real> total{};
  for (std::int64_t start = 0; start < pass.rows; start += kGroup) {
    const std::int64_t end = start + kGroup < pass.rows ? start + kGroup : pass.rows;
    VecOf<Real> sum{};
    for (std::int64_t row = start; row < end; ++row) {
      const std::int64_t at = row * pass.cols + c;
      VecOf<Real> g = load_up_to<Real>(pass.gradient + at, left, Real(0));
      if constexpr (kKind != Nonlinearity::identity) {
        const VecOf<Real> y = load_up_to<Real>(pass.output + at, left, Real(0));
        if constexpr (kKind == Nonlinearity::relu) {
          g = y <= Real(0) ? VecOf<Real>{} : g;  // infinite gradients of dead units vanish
        } else {
          g = g * NonlinearityOf<Real, kKind>::slope(y);
        }
        store_up_to<Real>(pass.before + at, g, left);
      }
      sum += g;
    }
    total += sum;
  }
  return total;
}

template <class Real, Nonlinearity kKind>
void dense_backward_of(const DenseBackward<Real>& pass, std::int64_t first, std::int64_t end) {
  for (std::int64_t c = first; c < end; c += kLanesOf<Real>) {
    const std::int64_t left = end - c;
    const VecOf<Real> sum = dense_column<Real, kKind>(pass, c, left);
    if (pass.bias_gradient == nullptr) continue;
    Real* const bias = pass.bias_gradient + c;
    store_up_to<Real>(bias, load_up_to<Real>(bias, left, Real(0)) + sum, left);
  }
}

template <class Real, Nonlinearity... kKinds>
struct DenseDispatch {
  static void forward(const DenseForward<Real>& pass, std::int64_t first, std::int64_t end) {
    (void)((pass.nonlinearity == kKinds &&
            (dense_forward_of<Real, kKinds>(pass, first, end), true)) ||
           ...);
  }
  static void backward(const DenseBackward<Real>& pass, std::int64_t first, std::int64_t end) {
    (void)((pass.nonlinearity == kKinds &&
            (dense_backward_of<Real, kKinds>(pass, first, end), true)) ||
           ...);
  }
};

template <class Real>
using EveryDense = DenseDispatch<Real,
                                 Nonlinearity::identity,
                                 Nonlinearity::relu,
                                 Nonlinearity::leaky_relu,
                                 Nonlinearity::elu,
                                 Nonlinearity::selu,
                                 Nonlinearity::tanh,
                                 Nonlinearity::sigmoid,
                                 Nonlinearity::softplus>;

template <class Real>
constexpr DenseKernels<Real> kDense{&EveryDense<Real>::forward, &EveryDense<Real>::backward};

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
