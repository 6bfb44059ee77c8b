// CMakeLists.txt gives this file its instruction set, where compiler and processor family have it.
#if defined(__AVX512F__)
#define ELBOW_KERNEL_VARIANT avx512
#include "variant.h"
#else
#include "kernel_table.h"
#endif

namespace elbow::kernels {

#if defined(__AVX512F__)
const KernelTable* avx512_kernels() { return &avx512::kKernels; }
#else
const KernelTable* avx512_kernels() { return nullptr; }
#endif

}  // namespace elbow::kernels
