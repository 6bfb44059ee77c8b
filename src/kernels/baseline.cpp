#define ELBOW_KERNEL_VARIANT baseline
#include "variant.h"

namespace elbow::kernels {

const KernelTable* baseline_kernels() { return &baseline::kKernels; }

}  // namespace elbow::kernels
