#pragma once

#include <cstdint>

#include "elbow/kernels/conditional_rows.h"

namespace elbow::kernels {

/// A layer as the loops read it: rows are padded by zeros to a whole number of vectors.
template <class Real>
struct PackedLayer {
  std::int64_t in, out, padded_in, padded_out;
  const Real* forward_weight;   ///< [in, padded_out]
  const Real* backward_weight;  ///< [out, padded_in]
  const Real* offset;           ///< [padded_out]; unused where the layer has an offset for each row
  Real* output;                 ///< [N, padded_out] on the tape, or null
};

/// Rows [first, first + count) of a job, count <= kConditionalTile.
template <class Real>
struct ConditionalTile {
  const ConditionalRows<Real>* job;
  const PackedLayer<Real>* layers;
  std::int64_t first, count;
  std::int64_t widest;         ///< the largest padded size of a layer
  std::int64_t gradient_size;  ///< of all layers
  Real* scratch;               ///< [3, kConditionalTile, widest]
  Real* gradients;  ///< backward: for each layer [in, padded_out] then [padded_out]; added to
};

constexpr std::int64_t kConditionalTile = 32;

template <class Real>
struct ConditionalKernels {
  std::int64_t lanes;  ///< of a vector
  void (*forward)(const ConditionalTile<Real>&);
  void (*backward)(const ConditionalTile<Real>&);
};

}  // namespace elbow::kernels
