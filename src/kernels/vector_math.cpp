#include "elbow/kernels/vector_math.h"

#include "kernel_table.h"

namespace elbow::kernels {

void exp(const double* x, double* out, std::int64_t count) { kernels().exp(x, out, count); }
void log(const double* x, double* out, std::int64_t count) { kernels().log(x, out, count); }
void digamma(const double* x, double* out, std::int64_t count) { kernels().digamma(x, out, count); }
void trigamma(const double* x, double* out, std::int64_t count) {
  kernels().trigamma(x, out, count);
}
void lgamma(const double* x, double* out, std::int64_t count) { kernels().lgamma(x, out, count); }

void exp(const float* x, float* out, std::int64_t count) {
  real_kernels<float>().math.exp(x, out, count);
}
void log(const float* x, float* out, std::int64_t count) {
  real_kernels<float>().math.log(x, out, count);
}
template <class Real>
void log1p(const Real* x, Real* out, std::int64_t count) {
  real_kernels<Real>().math.log1p(x, out, count);
}
template <class Real>
void tanh(const Real* x, Real* out, std::int64_t count) {
  real_kernels<Real>().math.tanh(x, out, count);
}
template <class Real>
void sigmoid(const Real* x, Real* out, std::int64_t count) {
  real_kernels<Real>().math.sigmoid(x, out, count);
}
template <class Real>
void softplus(const Real* x, Real* out, std::int64_t count) {
  real_kernels<Real>().math.softplus(x, out, count);
}
template void log1p(const float*, float*, std::int64_t);
template void log1p(const double*, double*, std::int64_t);
template void tanh(const float*, float*, std::int64_t);
template void tanh(const double*, double*, std::int64_t);
template void sigmoid(const float*, float*, std::int64_t);
template void sigmoid(const double*, double*, std::int64_t);
template void softplus(const float*, float*, std::int64_t);
template void softplus(const double*, double*, std::int64_t);

}  // namespace elbow::kernels
