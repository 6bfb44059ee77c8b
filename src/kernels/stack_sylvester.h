#pragma once

#include "simd_functions.h"
#include "stack_kernels.h"
#include "stack_rows.h"
#include "stack_sylvester_rows.h"

namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// y = x + Q R tanh(R~ Q'x + b), as class Sylvester computes it; one row in each lane.
///
/// Constrained parameters: the triangles [M, M], R above and on the diagonal and R~ transposed
/// below it; the diagonal of R~ [M]; b [M]; the vectors of the reflections that make Q [H, D] and 2
/// / |v|^2 of each [H], or Q [D, M] itself, or nothing, and then whether Q reverses the
/// coordinates. Saved: tanh(.) [M] and Q'x [M].
template <class Real>
struct SylvesterLayer {
  using Values = VecOf<Real>;
  static constexpr bool kHasPlanes = false;
  static constexpr Real kLeast = Real(1e-30);
  static constexpr Real kDiagonalBound = Real(0.9999);
  /// Factors of a determinant that are multiplied before a logarithm: each is above 1e-4.
  static constexpr std::int64_t kFactors = 7;

  using Places = SylvesterPlaces;
  template <class Ready, int kVectors>
  using Rows = SylvesterRows<Real, Ready, kVectors>;

  static std::int64_t num_raw(const StackShape& shape) { return Places(shape).scales; }
  static std::int64_t num_ready(const StackShape& shape) { return Places(shape).flag + 1; }
  static std::int64_t num_saved(const StackShape& shape) { return 2 * shape.num_directions; }
  static std::int64_t num_temporary(const StackShape& shape) {
    return 4 * (shape.size > shape.num_directions ? shape.size : shape.num_directions);
  }

  static ELBOW_INLINE Values at(const Real* p, std::int64_t i) {
    return load_of<Real>(p + i * kLanesOf<Real>);
  }
  static ELBOW_INLINE void put(Real* p, std::int64_t i, Values v) {
    store_of<Real>(p + i * kLanesOf<Real>, v);
  }

  static ELBOW_INLINE Values square_of(const Real* raw, std::int64_t first, std::int64_t size) {
    Values square{};
    for (std::int64_t d = 0; d < size; ++d) square += at(raw, first + d) * at(raw, first + d);
    return square;
  }

  static void constrain(const Real* raw, Real* ready, const StackShape& shape) {
    const Places places(shape);
    for (std::int64_t i = 0; i < places.scales * kLanesOf<Real>; ++i) ready[i] = raw[i];
    for (std::int64_t i = 0; i < 2 * places.directions; ++i) {
      const std::int64_t place = places.diagonal_place(i);
      put(ready, place, tanh_of<Real>(at(raw, place)) * kDiagonalBound);
    }
    const Values one = broadcast_of<Real>(1);
    for (std::int64_t h = 0; h < places.reflections; ++h) {
      const Values square = square_of(raw, places.basis + h * places.size, places.size);
      put(ready, places.scales + h, Real(2) / (square < kLeast ? one : square));
    }
    put(ready, places.flag, Values{});
  }

  static void constrain_backward(const Real* raw,
                                 const Real* grad,
                                 Real* out,
                                 const StackShape& shape) {
    const Places places(shape);
    for (std::int64_t i = 0; i < places.scales * kLanesOf<Real>; ++i) out[i] = grad[i];
    for (std::int64_t i = 0; i < 2 * places.directions; ++i) {
      const std::int64_t place = places.diagonal_place(i);
      const Values bump = tanh_of<Real>(at(raw, place));
      put(out, place, at(grad, place) * (Real(1) - bump * bump) * kDiagonalBound);
    }
    const Values none{};
    for (std::int64_t h = 0; h < places.reflections; ++h) {
      const std::int64_t first = places.basis + h * places.size;
      const Values square = square_of(raw, first, places.size);
      const Values inverse = square < kLeast ? none : Real(1) / square;
      const Values factor = at(grad, places.scales + h) * inverse * inverse * Real(-4);
      for (std::int64_t d = first; d < first + places.size; ++d)
        put(out, d, at(grad, d) + factor * at(raw, d));
    }
  }

  /// Marks the layers that reverse the coordinates: every second one.
  static void plan_layer(Real* ready,
                         std::int64_t step,
                         std::int64_t index,
                         const StackShape& shape) {
    const bool reverses = shape.kind == StackedLayer::sylvester_identity && index % 2 == 1;
    const Places places(shape);
    for (std::int64_t i = 0; i < step; ++i) ready[places.flag * step + i] = reverses ? 1 : 0;
  }
  static void plan(Real* ready, const StackShape& shape) {
    const std::int64_t count = num_ready(shape);
    for (std::int64_t k = 0; k < shape.num_layers; ++k) plan_layer(ready + k * count, 1, k, shape);
  }

  template <class Ready, int kVectors, int kSize>
  static void forward(const Ready& ready,
                      const StackShape& shape,
                      Real* z,
                      LogDeterminant<Real, kVectors>& log_det,
                      Real* saved,
                      Real* temporary) {
    using Loops = Rows<Ready, kVectors>;
    const Loops rows(ready, shape);
    const std::int64_t directions = shape.num_directions;
    Real* const turned = Loops::row(saved, directions);
    rows.to_basis(z, turned);
    for (std::int64_t i = 0; i < directions; ++i) {
      Values bump[kVectors];
      for (int v = 0; v < kVectors; ++v) bump[v] = ready[rows.places.bias + i];
      Loops::add(bump, ready[rows.places.diagonal + i], Loops::row(turned, i));
      for (std::int64_t j = i + 1; j < directions; ++j)
        Loops::add(bump, ready[j * directions + i], Loops::row(turned, j));
      const Values m = rows.product(i);
      for (int v = 0; v < kVectors; ++v) {
        bump[v] = bump_of<Real>(bump[v]);
        log_det.product[v] *= (Real(1) - bump[v] * bump[v]) * m + Real(1);
      }
      Loops::write(Loops::row(saved, i), bump);
      if (i % kFactors == kFactors - 1 || i + 1 == directions) log_det.take_logarithms();
    }
    rows.spread(saved, temporary);
    rows.add_from_basis(temporary, z, Real(1));
  }

  /// From the gradient of w = R t to that of a = Q'x. @param of_w, of_a [M]
  template <class Ready, int kVectors>
  static void through_triangles(const Rows<Ready, kVectors>& rows,
                                const Real* grad_log_det,
                                const Real* saved,
                                const Real* of_w,
                                Real* of_a,
                                Real* grads) {
    using Loops = Rows<Ready, kVectors>;
    const std::int64_t directions = rows.places.directions;
    const Real* const turned = Loops::row(saved, directions);
    for (std::int64_t i = 0; i < directions * kVectors * kLanesOf<Real>; ++i) of_a[i] = Real(0);
    for (std::int64_t j = 0; j < directions; ++j) {
      const Real* const bump_row = Loops::row(saved, j);
      Values bump[kVectors], of_bump[kVectors];
      Loops::read(bump, bump_row);
      Loops::clear(of_bump);
      for (std::int64_t i = 0; i <= j; ++i) {
        Loops::add(of_bump, rows.ready[i * directions + j], Loops::row(of_w, i));
        Loops::accumulate(grads, i * directions + j, Loops::dot(bump, Loops::row(of_w, i)));
      }
      const Values r = rows.ready[j * directions + j];
      const Values r_tilde = rows.ready[rows.places.diagonal + j], m = r * r_tilde;
      Values of_m{}, of_bias{};
      for (int v = 0; v < kVectors; ++v) {
        const Values slope = Real(1) - bump[v] * bump[v];
        const Values of_det =
            load_of<Real>(grad_log_det + v * kLanesOf<Real>) / (slope * m + Real(1));
        of_m += slope * of_det;
        of_bump[v] = slope * (of_bump[v] - bump[v] * m * of_det * Real(2));
        of_bias += of_bump[v];
      }
      Loops::accumulate(grads, j * directions + j, of_m * r_tilde);
      Loops::accumulate(grads, rows.places.bias + j, of_bias);
      Loops::accumulate(
          grads, rows.places.diagonal + j, of_m * r + Loops::dot(of_bump, Loops::row(turned, j)));
      for (std::int64_t i = j; i < directions; ++i) {
        const std::int64_t place = i == j ? rows.places.diagonal + j : i * directions + j;
        if (i > j) Loops::accumulate(grads, place, Loops::dot(of_bump, Loops::row(turned, i)));
        const Values factor = rows.ready[place];
        Values sum[kVectors];
        Loops::read(sum, Loops::row(of_a, i));
        for (int v = 0; v < kVectors; ++v) sum[v] += factor * of_bump[v];
        Loops::write(Loops::row(of_a, i), sum);
      }
    }
  }

  /// Takes a reflection back from the four vectors it turned, and adds to its gradient.
  /// @param a, of_a  Q'x so far and its gradient @param w, of_w  the same of R t
  template <class Ready, int kVectors>
  static void reflect_backward(const Rows<Ready, kVectors>& rows,
                               std::int64_t h,
                               Real* const (&vectors)[4],
                               Real* grads) {
    using Loops = Rows<Ready, kVectors>;
    const std::int64_t size = rows.places.size, first = rows.places.basis + h * size;
    const Values scale = rows.ready[rows.places.scales + h];
    Values along[4][kVectors];
    for (int n = 0; n < 4; ++n) {
      Loops::clear(along[n]);
      for (std::int64_t d = 0; d < size; ++d)
        Loops::add(along[n], rows.ready[first + d], Loops::row(vectors[n], d));
    }
    // Input (a turned back, w before) with the gradient of the output (of_a, of_w turned back); v
    // times a vector changes its sign under the reflection.
    Values of_scale{};
    for (int v = 0; v < kVectors; ++v)
      of_scale += along[0][v] * along[1][v] + along[2][v] * along[3][v];
    Loops::accumulate(grads, rows.places.scales + h, of_scale);
    for (std::int64_t d = 0; d < size; ++d) {
      const Values w = rows.ready[first + d];
      Values of_v{};
      for (int v = 0; v < kVectors; ++v) {
        Values old[4], next[4];
        for (int n = 0; n < 4; ++n) {
          Real* const p = Loops::row(vectors[n], d) + v * kLanesOf<Real>;
          old[n] = load_of<Real>(p);
          next[n] = old[n] - w * scale * along[n][v];
          store_of<Real>(p, next[n]);
        }
        of_v += scale * (along[0][v] * old[1] - along[1][v] * next[0]);
        of_v += scale * (along[3][v] * old[2] - along[2][v] * next[3]);
      }
      Loops::accumulate(grads, first + d, of_v);
    }
  }

  /// y to x and its gradient with it, where Q is given. @param w R t @param of_a of Q'x
  template <class Ready, int kVectors>
  static void through_basis(const Rows<Ready, kVectors>& rows,
                            const Real* w,
                            const Real* of_a,
                            Real* z,
                            Real* grad_z,
                            Real* grads) {
    using Loops = Rows<Ready, kVectors>;
    const std::int64_t size = rows.places.size, directions = rows.places.directions;
    for (std::int64_t d = 0; d < size; ++d) {
      Values gradient[kVectors], of_x[kVectors], step[kVectors];
      Loops::read(gradient, Loops::row(grad_z, d));
      Loops::read(of_x, Loops::row(grad_z, d));
      Loops::clear(step);
      for (std::int64_t i = 0; i < directions; ++i) {
        const Values q = rows.ready[rows.places.basis + d * directions + i];
        Loops::add(step, q, Loops::row(w, i));
        Loops::add(of_x, q, Loops::row(of_a, i));
      }
      Values x[kVectors];
      Loops::read(x, Loops::row(z, d));
      for (int v = 0; v < kVectors; ++v) x[v] -= step[v];
      for (std::int64_t i = 0; i < directions; ++i)
        Loops::accumulate(
            grads,
            rows.places.basis + d * directions + i,
            Loops::dot(x, Loops::row(of_a, i)) + Loops::dot(gradient, Loops::row(w, i)));
      Loops::write(Loops::row(z, d), x);
      Loops::write(Loops::row(grad_z, d), of_x);
    }
  }

  template <class Ready, int kVectors, int kSize>
  static void backward(const Ready& ready,
                       const StackShape& shape,
                       Real* z,
                       Real* grad_z,
                       const Real* grad_log_det,
                       const Real* saved,
                       Real* grads,
                       Real* temporary) {
    using Loops = Rows<Ready, kVectors>;
    const Loops rows(ready, shape);
    const std::int64_t size = shape.size, directions = shape.num_directions;
    const std::int64_t most = size > directions ? size : directions;
    Real* const w = temporary;
    Real* const of_w = Loops::row(temporary, most);
    Real* const of_a = Loops::row(temporary, 2 * most);
    Real* const a = Loops::row(temporary, 3 * most);
    rows.spread(saved, w);
    rows.to_basis(grad_z, of_w);
    through_triangles<Ready, kVectors>(rows, grad_log_det, saved, of_w, of_a, grads);
    if (rows.is_basis) return through_basis<Ready, kVectors>(rows, w, of_a, z, grad_z, grads);
    const Real* const turned = Loops::row(saved, directions);
    for (std::int64_t i = 0; i < directions * kVectors * kLanesOf<Real>; ++i) a[i] = turned[i];
    Real* const vectors[4] = {a, of_a, w, of_w};
    for (std::int64_t h = rows.places.reflections; h-- > 0;)
      reflect_backward<Ready, kVectors>(rows, h, vectors, grads);
    for (std::int64_t d = 0; d < size; ++d)
      for (int v = 0; v < kVectors; ++v) {
        const std::int64_t from = (rows.turned(d) * kVectors + v) * kLanesOf<Real>;
        const std::int64_t to = (d * kVectors + v) * kLanesOf<Real>;
        store_of<Real>(z + to, load_of<Real>(z + to) - load_of<Real>(w + from));
        store_of<Real>(grad_z + to, load_of<Real>(grad_z + to) + load_of<Real>(of_a + from));
      }
  }
};

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
