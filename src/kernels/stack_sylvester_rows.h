#pragma once

#include "simd_functions.h"
#include "stack_kernels.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// Where the parts of the parameters begin.
struct SylvesterPlaces {
  explicit ELBOW_INLINE SylvesterPlaces(const StackShape& shape)
      : size(shape.size),
        directions(shape.num_directions),
        reflections(shape.num_reflections),
        diagonal(directions * directions),
        bias(diagonal + directions),
        basis(bias + directions),
        num_basis(shape.kind == StackedLayer::sylvester_reflections ? reflections * size
                  : shape.kind == StackedLayer::sylvester_basis     ? directions * size
                                                                    : 0),
        scales(basis + num_basis),
        flag(scales + reflections) {}
  /// Of both diagonals: i from 0 to 2 M.
  ELBOW_INLINE std::int64_t diagonal_place(std::int64_t i) const {
    return i < directions ? i * directions + i : diagonal + i - directions;
  }
  std::int64_t size, directions, reflections, diagonal, bias, basis, num_basis, scales, flag;
};

/// The loops of one block.
template <class Real, class Ready, int kVectors>
struct SylvesterRows {
  using Values = VecOf<Real>;
  static constexpr int kSide = kLanesOf<Real>;
  using Vectors = Values[kVectors];
  const Ready& ready;
  const SylvesterPlaces places;
  const bool is_basis, is_reversed;

  ELBOW_INLINE SylvesterRows(const Ready& constrained, const StackShape& shape)
      : ready(constrained),
        places(shape),
        is_basis(shape.kind == StackedLayer::sylvester_basis),
        is_reversed(constrained.first[places.flag * Ready::kStep] != Real(0)) {}

  static ELBOW_INLINE Real* row(Real* p, std::int64_t i) { return p + i * kVectors * kSide; }
  static ELBOW_INLINE const Real* row(const Real* p, std::int64_t i) {
    return p + i * kVectors * kSide;
  }
  static ELBOW_INLINE void clear(Vectors& out) {
    for (int v = 0; v < kVectors; ++v) out[v] = Values{};
  }
  static ELBOW_INLINE void add(Vectors& out, Values factor, const Real* p) {
    for (int v = 0; v < kVectors; ++v) out[v] += factor * load_of<Real>(p + v * kSide);
  }
  static ELBOW_INLINE void write(Real* p, const Vectors& in) {
    for (int v = 0; v < kVectors; ++v) store_of<Real>(p + v * kSide, in[v]);
  }
  static ELBOW_INLINE void read(Vectors& out, const Real* p) {
    for (int v = 0; v < kVectors; ++v) out[v] = load_of<Real>(p + v * kSide);
  }
  static ELBOW_INLINE Values dot(const Vectors& a, const Real* p) {
    Values sum = a[0] * load_of<Real>(p);
    for (int v = 1; v < kVectors; ++v) sum += a[v] * load_of<Real>(p + v * kSide);
    return sum;
  }
  static ELBOW_INLINE void accumulate(Real* grads, std::int64_t place, Values value) {
    Real* const p = grads + place * kSide;
    store_of<Real>(p, load_of<Real>(p) + value);
  }
  ELBOW_INLINE std::int64_t turned(std::int64_t d) const {
    return is_reversed ? places.size - 1 - d : d;
  }

  /// One reflection of x, in place.
  void reflect(std::int64_t h, Real* x) const {
    const std::int64_t first = places.basis + h * places.size;
    Vectors along;
    clear(along);
    for (std::int64_t d = 0; d < places.size; ++d) add(along, ready[first + d], row(x, d));
    const Values scale = -ready[places.scales + h];
    for (int v = 0; v < kVectors; ++v) along[v] *= scale;
    for (std::int64_t d = 0; d < places.size; ++d) {
      Vectors value;
      read(value, row(x, d));
      const Values w = ready[first + d];
      for (int v = 0; v < kVectors; ++v) value[v] += w * along[v];
      write(row(x, d), value);
    }
  }

  /// out = Q'x; may not be x.
  void to_basis(const Real* x, Real* out) const {
    if (is_basis) {
      for (std::int64_t i = 0; i < places.directions; ++i) {
        Vectors sum;
        clear(sum);
        for (std::int64_t d = 0; d < places.size; ++d)
          add(sum, ready[places.basis + d * places.directions + i], row(x, d));
        write(row(out, i), sum);
      }
      return;
    }
    for (std::int64_t d = 0; d < places.size; ++d) {
      Vectors value;
      read(value, row(x, turned(d)));
      write(row(out, d), value);
    }
    for (std::int64_t h = 0; h < places.reflections; ++h) reflect(h, out);
  }

  /// x += sign Q w; w is lost.
  void add_from_basis(Real* w, Real* x, Real sign) const {
    if (!is_basis)
      for (std::int64_t h = places.reflections; h-- > 0;) reflect(h, w);
    for (std::int64_t d = 0; d < places.size; ++d) {
      Vectors sum;
      clear(sum);
      if (is_basis)
        for (std::int64_t i = 0; i < places.directions; ++i)
          add(sum, ready[places.basis + d * places.directions + i], row(w, i));
      else
        read(sum, row(w, turned(d)));
      for (int v = 0; v < kVectors; ++v) sum[v] *= sign;
      add(sum, broadcast_of<Real>(1), row(x, d));
      write(row(x, d), sum);
    }
  }

  /// w = R t
  void spread(const Real* bump, Real* w) const {
    for (std::int64_t i = 0; i < places.directions; ++i) {
      Vectors sum;
      clear(sum);
      for (std::int64_t j = i; j < places.directions; ++j)
        add(sum, ready[i * places.directions + j], row(bump, j));
      write(row(w, i), sum);
    }
  }
  ELBOW_INLINE Values product(std::int64_t i) const {
    return ready[i * places.directions + i] * ready[places.diagonal + i];
  }
};

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
