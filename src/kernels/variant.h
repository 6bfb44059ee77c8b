#pragma once

#include "array_math.h"
#include "dense_pass.h"
#include "lda_document.h"
#include "lda_word.h"
#include "mixture_block.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

template <class Real>
constexpr RealKernels<Real> kRealKernels{kMath<Real>, kDense<Real>};

constexpr KernelTable kKernels{&map_array<ExpOf>,
                               &map_array<LogOf>,
                               &map_array<DigammaOf>,
                               &map_array<TrigammaOf>,
                               &map_array<LgammaOf>,
                               &lda_scratch_size,
                               &lda_document,
                               &lda_word,
                               &mixture_layout,
                               &mixture_pack,
                               &mixture_block,
                               kRealKernels<float>,
                               kRealKernels<double>};

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
