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

}  // namespace elbow::kernels
