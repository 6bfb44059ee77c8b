// CMakeLists.txt gives this file its instruction set, where compiler and processor family have it.
#if defined(__AVX2__)
#define ELBOW_KERNEL_VARIANT avx2
#include "variant.h"
#else
#include "kernel_table.h"
#endif

namespace elbow::kernels {

#if defined(__AVX2__)
const KernelTable* avx2_kernels() { return &avx2::kKernels; }
#else
const KernelTable* avx2_kernels() { return nullptr; }
#endif

}  // namespace elbow::kernels
