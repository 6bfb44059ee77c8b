#pragma once

#include "array_math.h"
#include "conditional_tile.h"
#include "conv_tile.h"
#include "dense_pass.h"
#include "energy_density.h"
#include "lda_document.h"
#include "lda_word.h"
#include "mixture_block.h"
#include "pair_pass.h"
#include "squares.h"
#include "stack_pass.h"
#include "transpose_pass.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

template <class Real>
constexpr RealKernels<Real> kRealKernels{kMath<Real>,
                                         &sum_of_squares<Real>,
                                         &energy_density<Real>,
                                         kConditional<Real>,
                                         kFlows<Real>,
                                         kDense<Real>,
                                         &transpose_columns<Real>,
                                         kPairs<Real>};

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
                               kRealKernels<double>,
                               kVectorBytes,
                               &multiply_rows_of<float>,
                               &multiply_rows_of<double>,
                               &add_products_of<float>,
                               &add_products_of<double>,
                               &mask_slope_of<float>,
                               &mask_slope_of<double>,
                               &add_columns_of<float>,
                               &add_columns_of<double>};

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
