#include "elbow/kernels/mixture_pass.h"

#include <omp.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "aligned_buffer.h"
#include "kernel_table.h"

namespace elbow::kernels {
namespace {

constexpr std::int64_t kMaxLanes = 64;

void check(const MixturePass& pass) {
  if (pass.num_rows < 0 || pass.num_features < 1 || pass.num_components < 1) {
    throw std::invalid_argument(
        "mixture_pass: expected N >= 0, D >= 1 and K >= 1, got " + std::to_string(pass.num_rows) +
        ", " + std::to_string(pass.num_features) + " and " + std::to_string(pass.num_components));
  }
}

/// How the rows are divided, and the sizes of what each lane and thread needs; all multiples of a
/// cache line.
struct Division {
  MixtureLayout layout;
  std::int64_t num_blocks, num_lanes, factors_size;
  std::int64_t lane_size;  ///< moments, then the entropy
};

Division divide(const KernelTable& table, const MixturePass& pass) {
  Division d{};
  d.layout = table.mixture_layout(pass.num_features, pass.num_components, pass.is_diagonal);
  d.num_blocks = (pass.num_rows + d.layout.block_rows - 1) / d.layout.block_rows;
  d.num_lanes = std::clamp<std::int64_t>(d.num_blocks, 1, kMaxLanes);
  d.factors_size = aligned_size(pass.num_components * d.layout.packed_factors);
  d.lane_size = aligned_size(d.layout.padded_k * d.layout.padded_moments + 1);
  return d;
}

void pack_factors(const KernelTable& table,
                  const MixturePass& pass,
                  const MixtureLayout& layout,
                  double* packed) {
  const std::int64_t d = pass.num_features, size = pass.is_diagonal ? d : d * d;
  for (std::int64_t k = 0; k < pass.num_components; ++k) {
    table.mixture_pack(
        layout, d, pass.is_diagonal, pass.factors + k * size, packed + k * layout.packed_factors);
  }
}

/// Everything of a block but its rows.
MixtureBlock block_of(const MixturePass& pass,
                      const Division& d,
                      const double* packed,
                      double* lane,
                      double* scratch) {
  MixtureBlock block{};
  block.layout = &d.layout;
  block.num_features = pass.num_features;
  block.num_components = pass.num_components;
  block.is_diagonal = pass.is_diagonal;
  block.shift = pass.shift;
  block.log_weights = pass.log_weights;
  block.means = pass.means;
  block.packed_factors = packed;
  block.moments = lane;
  block.entropy =
      pass.entropy != nullptr ? lane + d.layout.padded_k * d.layout.padded_moments : nullptr;
  block.scratch = scratch;
  return block;
}

void run_lane(const KernelTable& table,
              const MixturePass& pass,
              const Division& d,
              std::int64_t lane,
              MixtureBlock block) {
  const std::int64_t end = d.num_blocks * (lane + 1) / d.num_lanes;
  for (std::int64_t i = d.num_blocks * lane / d.num_lanes; i < end; ++i) {
    const std::int64_t first = i * d.layout.block_rows;
    block.num_rows = std::min(d.layout.block_rows, pass.num_rows - first);
    block.x = pass.x + first * pass.num_features;
    if (pass.responsibilities != nullptr)
      block.responsibilities = pass.responsibilities + first * pass.num_components;
    if (pass.log_normalisers != nullptr) block.log_normalisers = pass.log_normalisers + first;
    table.mixture_block(block);
  }
}

/// The sum of all lanes goes into the first.
void add_lanes(const Division& d, double* lanes) {
  for (std::int64_t step = 1; step < d.num_lanes; step *= 2) {
    for (std::int64_t lane = 0; lane + step < d.num_lanes; lane += 2 * step) {
      double* const to = lanes + lane * d.lane_size;
      const double* const from = to + step * d.lane_size;
      for (std::int64_t i = 0; i < d.lane_size; ++i) to[i] += from[i];
    }
  }
}

/// One component's moments (1, x, x x^T) into the arrays of the pass.
void unpack_moments(const MixturePass& pass, std::int64_t component, const double* moments) {
  const std::int64_t d = pass.num_features;
  pass.counts[component] = moments[0];
  std::copy_n(moments + 1, d, pass.sums + component * d);
  const double* next = moments + 1 + d;
  if (pass.is_diagonal) {
    std::copy_n(next, d, pass.outer + component * d);
    return;
  }
  double* const outer = pass.outer + component * d * d;
  for (std::int64_t i = 0; i < d; ++i) {
    for (std::int64_t j = i; j < d; ++j, ++next) outer[i * d + j] = outer[j * d + i] = *next;
  }
}

}  // namespace

void mixture_pass(const MixturePass& pass) {
  check(pass);
  const KernelTable& table = kernels();
  const Division d = divide(table, pass);
  const int threads = static_cast<int>(std::min<std::int64_t>(d.num_lanes, omp_get_max_threads()));
  const std::int64_t scratch_size = aligned_size(d.layout.scratch_size);
  AlignedBuffer packed(d.factors_size), lanes(d.num_lanes * d.lane_size),
      scratch(threads * scratch_size);
  pack_factors(table, pass, d.layout, packed.data());
  double *const factors = packed.data(), *const first_lane = lanes.data(),
                *const memory = scratch.data();
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (std::int64_t lane = 0; lane < d.num_lanes; ++lane) {
    double* const own = memory + scratch_size * omp_get_thread_num();
    run_lane(
        table, pass, d, lane, block_of(pass, d, factors, first_lane + lane * d.lane_size, own));
  }
  add_lanes(d, first_lane);
  for (std::int64_t k = 0; k < pass.num_components; ++k) {
    unpack_moments(pass, k, first_lane + k * d.layout.padded_moments);
  }
  if (pass.entropy != nullptr)
    *pass.entropy = first_lane[d.layout.padded_k * d.layout.padded_moments];
}

}  // namespace elbow::kernels
