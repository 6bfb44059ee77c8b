#pragma once

#include "mixture_moments.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

// Doubles of a block's moments and logits together: they stay in a second-level cache.
constexpr std::int64_t kBlockBudget = 24576;

inline MixtureLayout mixture_layout(std::int64_t num_features,
                                    std::int64_t num_components,
                                    bool is_diagonal) {
  const std::int64_t d = num_features;
  MixtureLayout layout{};
  layout.padded_k = round_up(num_components, kMomentComponents);
  layout.padded_moments = round_up(1 + d + (is_diagonal ? d : d * (d + 1) / 2), kLanes);
  layout.packed_factors = is_diagonal ? d : packed_triangle_size(d);
  const std::int64_t rows = kBlockBudget / (layout.padded_moments + layout.padded_k) / 32 * 32;
  layout.block_rows = rows < 32 ? 32 : (rows > 256 ? 256 : rows);
  layout.scratch_size = round_up(d, kLanes) + kLanes + d * layout.block_rows + d * kStepRows +
                        (layout.padded_k + 1) * layout.block_rows +
                        layout.block_rows * layout.padded_moments + kLanes;
  return layout;
}

/// Where the parts of a block lie in its scratch memory; R = block_rows.
struct BlockScratch {
  double* row;         ///< one row of x, shifted, and zeros behind it
  double* columns;     ///< [D, R] x, shifted
  double* difference;  ///< [D, kStepRows]
  double* weights;     ///< [padded_k, R] logits, then responsibilities
  double* entropies;   ///< [R]
  double* moments;     ///< [R, padded_moments]
};

ELBOW_INLINE BlockScratch block_scratch(const MixtureBlock& block) {
  const MixtureLayout& layout = *block.layout;
  BlockScratch s{};
  s.columns = block.scratch;
  s.weights = s.columns + block.num_features * layout.block_rows;
  s.entropies = s.weights + layout.padded_k * layout.block_rows;
  s.difference = s.entropies + layout.block_rows;
  s.row = s.difference + block.num_features * kStepRows;
  s.moments = s.row + round_up(block.num_features, kLanes) + kLanes;
  return s;
}

inline void fill_block(const MixtureBlock& block, const BlockScratch& s) {
  const std::int64_t d = block.num_features, rows = block.layout->block_rows;
  for (std::int64_t j = 0; j < round_up(d, kLanes) + kLanes; ++j) s.row[j] = 0.0;
  for (std::int64_t row = 0; row < block.num_rows; ++row) {
    const double* const x = block.x + row * d;
    for (std::int64_t j = 0; j < d; ++j)
      s.row[j] = block.shift != nullptr ? x[j] - block.shift[j] : x[j];
    for (std::int64_t j = 0; j < d; ++j) s.columns[j * rows + row] = s.row[j];
    fill_moments(s.row, d, block.is_diagonal, s.moments + row * block.layout->padded_moments);
  }
  for (std::int64_t j = 0; j < d; ++j) {
    for (std::int64_t row = block.num_rows; row < rows; ++row) s.columns[j * rows + row] = 0.0;
  }
  for (std::int64_t i = block.num_components * rows; i < block.layout->padded_k * rows; ++i)
    s.weights[i] = 0.0;
}

inline void normalise_block(const MixtureBlock& block, const BlockScratch& s) {
  const std::int64_t rows = block.layout->block_rows;
  for (std::int64_t row = 0; row < block.num_rows; row += kLanes) {
    Vec entropy;
    const Vec normaliser = normalise_rows(s.weights + row, rows, block.num_components, entropy);
    store(s.entropies + row, entropy);
    if (block.log_normalisers != nullptr)
      store_partial(block.log_normalisers + row, normaliser, block.num_rows - row);
  }
  if (block.responsibilities == nullptr) return;
  for (std::int64_t row = 0; row < block.num_rows; ++row) {
    for (std::int64_t k = 0; k < block.num_components; ++k) {
      block.responsibilities[row * block.num_components + k] = s.weights[k * rows + row];
    }
  }
}

inline void mixture_block(const MixtureBlock& block) {
  const BlockScratch s = block_scratch(block);
  fill_block(block, s);
  for (std::int64_t k = 0; k < block.num_components; ++k) {
    component_logits(block, k, s.columns, s.difference, s.weights + k * block.layout->block_rows);
  }
  normalise_block(block, s);
  add_block_moments(block, s.weights, s.moments);
  if (block.entropy == nullptr) return;
  double entropy = 0.0;
  for (std::int64_t row = 0; row < block.num_rows; ++row) entropy += s.entropies[row];
  *block.entropy += entropy;
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
