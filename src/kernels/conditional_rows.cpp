#include "elbow/kernels/conditional_rows.h"

#include <omp.h>

#include <algorithm>
#include <memory>
#include <new>
#include <vector>

#include "kernel_table.h"

namespace elbow::kernels {
namespace {

/// Memory that is not set, from the start of a cache line.
template <class Real>
class Workspace {
 public:
  explicit Workspace(std::int64_t size)
      : memory_(static_cast<Real*>(
            ::operator new(static_cast<std::size_t>(size) * sizeof(Real), std::align_val_t(64)))) {}
  Real* data() { return memory_.get(); }

 private:
  struct Release {
    void operator()(Real* p) const { ::operator delete(p, std::align_val_t(64)); }
  };
  std::unique_ptr<Real, Release> memory_;
};

/// A whole number of vectors.
template <class Real>
std::int64_t padded(std::int64_t size) {
  const std::int64_t unit = real_kernels<Real>().conditional.lanes;
  return (size + unit - 1) / unit * unit;
}

/// How a job is laid out in memory and divided.
template <class Real>
struct Division {
  std::vector<PackedLayer<Real>> layers;
  std::int64_t packed_size = 0, gradient_size = 0, widest = 0, products = 0;
  std::int64_t num_parts = 1;
};

// Each part of the rows has sums of its own, which are added in order: enough parts for some
// threads, and few enough that the additions do not count.
constexpr std::int64_t kRowsOfPart = 4 * kConditionalTile;
constexpr std::int64_t kMaxParts = 16;
// Below this number of multiplications a second thread starts too late to help.
constexpr std::int64_t kProductsWorthThreads = 1 << 20;

template <class Real>
Division<Real> divide(const ConditionalRows<Real>& job) {
  Division<Real> out;
  for (std::int64_t i = 0; i < job.num_layers; ++i) {
    const ConditionerLayer<Real>& layer = job.layers[i];
    PackedLayer<Real> packed{};
    packed.in = layer.in;
    packed.out = layer.out;
    packed.padded_in = padded<Real>(layer.in);
    packed.padded_out = padded<Real>(layer.out);
    out.packed_size += layer.in * packed.padded_out + layer.out * packed.padded_in;
    out.gradient_size += (layer.in + 1) * packed.padded_out;
    out.packed_size += packed.padded_out;
    out.widest = std::max({out.widest, packed.padded_in, packed.padded_out});
    out.products += layer.in * layer.out;
    out.layers.push_back(packed);
  }
  out.products *= job.num_rows;
  out.num_parts =
      std::clamp<std::int64_t>((job.num_rows + kRowsOfPart - 1) / kRowsOfPart, 1, kMaxParts);
  return out;
}

template <class Real>
void place_on_tape(const ConditionalRows<Real>& job, Division<Real>& division) {
  Real* next = job.tape;
  for (PackedLayer<Real>& layer : division.layers) {
    layer.output = next;
    if (next != nullptr) next += job.num_rows * layer.padded_out;
  }
}

/// to[r, c] = from[r * row + c * step], columns past the given ones 0.
template <class Real>
void copy_padded(const Real* from,
                 std::int64_t row,
                 std::int64_t step,
                 std::int64_t rows,
                 std::int64_t columns,
                 std::int64_t width,
                 Real* to) {
  for (std::int64_t r = 0; r < rows; ++r, to += width) {
    for (std::int64_t c = 0; c < columns; ++c) to[c] = from[r * row + c * step];
    std::fill(to + columns, to + width, Real(0));
  }
}

template <class Real>
void pack(const ConditionalRows<Real>& job, bool is_forward, Division<Real>& division, Real* to) {
  for (std::size_t i = 0; i < division.layers.size(); ++i) {
    PackedLayer<Real>& layer = division.layers[i];
    const ConditionerLayer<Real>& given = job.layers[i];
    if (is_forward) {
      copy_padded(given.weight, 1, layer.in, layer.in, layer.out, layer.padded_out, to);
      layer.forward_weight = to;
      to += layer.in * layer.padded_out;
      if (!given.has_offset_rows)
        copy_padded(given.offset, 0, 1, 1, layer.out, layer.padded_out, to);
      layer.offset = to;
      to += layer.padded_out;
    } else {
      copy_padded(given.weight, layer.in, 1, layer.out, layer.in, layer.padded_in, to);
      layer.backward_weight = to;
      to += layer.out * layer.padded_in;
    }
  }
}

/// Every part's tiles, in order, on one thread or several.
template <class Real>
void for_each_part(const ConditionalRows<Real>& job,
                   const Division<Real>& division,
                   void (*kernel)(const ConditionalTile<Real>&),
                   Real* gradients) {
  const bool is_large = division.products >= kProductsWorthThreads && !omp_in_parallel();
  const int threads =
      is_large ? static_cast<int>(std::min<std::int64_t>(division.num_parts, omp_get_max_threads()))
               : 1;
  const std::int64_t scratch_size = 3 * kConditionalTile * division.widest;
  Workspace<Real> scratch(threads * scratch_size);
  Real* const memory = scratch.data();
  const std::int64_t num_tiles = (job.num_rows + kConditionalTile - 1) / kConditionalTile;
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1)
  for (std::int64_t part = 0; part < division.num_parts; ++part) {
    Real* const own = threads > 1 ? memory + scratch_size * omp_get_thread_num() : memory;
    const std::int64_t end = num_tiles * (part + 1) / division.num_parts;
    for (std::int64_t i = num_tiles * part / division.num_parts; i < end; ++i) {
      const std::int64_t first = i * kConditionalTile;
      kernel({&job,
              division.layers.data(),
              first,
              std::min(kConditionalTile, job.num_rows - first),
              division.widest,
              division.gradient_size,
              own,
              gradients != nullptr ? gradients + part * division.gradient_size : nullptr});
    }
  }
}

/// The sums of all parts, as the caller's arrays have them.
template <class Real>
void give_gradients(const ConditionalRows<Real>& job, const Division<Real>& division, Real* sums) {
  const std::int64_t size = division.gradient_size;
  for (std::int64_t part = 1; part < division.num_parts; ++part)
    for (std::int64_t i = 0; i < size; ++i) sums[i] += sums[part * size + i];
  for (std::size_t l = 0; l < division.layers.size(); ++l) {
    const PackedLayer<Real>& layer = division.layers[l];
    const ConditionerLayer<Real>& given = job.layers[l];
    if (given.weight_gradient != nullptr)
      copy_padded(sums, 1, layer.padded_out, layer.out, layer.in, layer.in, given.weight_gradient);
    sums += layer.in * layer.padded_out;
    if (given.offset_gradient != nullptr && !given.has_offset_rows)
      std::copy_n(sums, layer.out, given.offset_gradient);
    sums += layer.padded_out;
  }
}

}  // namespace

template <class Real>
std::int64_t conditional_tape_size(const ConditionalRows<Real>& job) {
  std::int64_t width = 0;
  for (std::int64_t i = 0; i < job.num_layers; ++i) width += padded<Real>(job.layers[i].out);
  return job.num_rows * width;
}

template <class Real>
void conditional_forward(const ConditionalRows<Real>& job) {
  Division<Real> division = divide(job);
  Workspace<Real> packed(division.packed_size);
  pack(job, /*is_forward=*/true, division, packed.data());
  place_on_tape(job, division);
  for_each_part(
      job, division, real_kernels<Real>().conditional.forward, static_cast<Real*>(nullptr));
}

template <class Real>
void conditional_backward(const ConditionalRows<Real>& job) {
  Division<Real> division = divide(job);
  Workspace<Real> packed(division.packed_size);
  pack(job, /*is_forward=*/false, division, packed.data());
  place_on_tape(job, division);
  const std::int64_t size = division.num_parts * division.gradient_size;
  Workspace<Real> sums(size);
  std::fill_n(sums.data(), size, Real(0));
  for_each_part(job, division, real_kernels<Real>().conditional.backward, sums.data());
  give_gradients(job, division, sums.data());
}

template std::int64_t conditional_tape_size(const ConditionalRows<float>&);
template std::int64_t conditional_tape_size(const ConditionalRows<double>&);
template void conditional_forward(const ConditionalRows<float>&);
template void conditional_forward(const ConditionalRows<double>&);
template void conditional_backward(const ConditionalRows<float>&);
template void conditional_backward(const ConditionalRows<double>&);

}  // namespace elbow::kernels
