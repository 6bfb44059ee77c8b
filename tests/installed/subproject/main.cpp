#include <elbow/kernels/vector_math.h>
#include <cmath>
#include <cstdio>

int main() {
  const double x = 2;
  double y = 0;
  elbow::kernels::log(&x, &y, 1);
  std::printf("log 2 = %.6f\n", y);
  return std::abs(y - std::log(2.0)) < 1e-12 ? 0 : 1;
}
