#pragma once

#include "spline_bin.h"

// The rational-quadratic spline and its inverse with their gradients. Durkan, Bekasov, Murray,
// Papamakarios, "Neural spline flows", 2019, arXiv:1906.04032, equations 4, 5 and 29. Raw numbers
// are [num_parameters, lanes]: widths, heights, slopes of the inner knots.
namespace elbow::kernels::ELBOW_KERNEL_VARIANT {

/// A function's value and log |slope|.
template <class Real>
struct Image {
  VecOf<Real> value, log_slope;
};

/// The piece of the curve that holds each lane's number, and the place in it.
template <class Real>
struct SplinePlace {
  Softmax<Real> widths, heights;
  Bin<Real> across, up;
  VecOf<Real> raw_left, raw_right, left, right;  ///< of the slopes at both ends
  VecOf<Real> width, height, chord, share;
};

/// The slopes at both ends; 1 at the outermost knots.
template <class Real>
ELBOW_INLINE void place_slopes(const ElementMap& map, const Real* raw, SplinePlace<Real>& place) {
  const Real* slopes = raw + 2 * map.num_bins * kLanesOf<Real>;
  const VecOf<Real> index = place.across.index, one = broadcast_of<Real>(Real(1));
  place.raw_left = place.raw_right = VecOf<Real>{};
  for (std::int64_t k = 1; k < map.num_bins; ++k) {
    const VecOf<Real> number = load_of<Real>(slopes + (k - 1) * kLanesOf<Real>);
    const VecOf<Real> knot = broadcast_of<Real>(static_cast<Real>(k));
    place.raw_left = index == knot ? number : place.raw_left;
    place.raw_right = index + Real(1) == knot ? number : place.raw_right;
  }
  const Real last = static_cast<Real>(map.num_bins - 1);
  place.left = index > Real(0) ? slope_of<Real>(map, place.raw_left) : one;
  place.right = index < last ? slope_of<Real>(map, place.raw_right) : one;
}

template <class Real>
ELBOW_INLINE VecOf<Real> square_root_of(VecOf<Real> v) {
  VecOf<Real> out;
  for (int i = 0; i < kLanesOf<Real>; ++i) {
    if constexpr (sizeof(Real) == sizeof(double))
      out[i] = __builtin_sqrt(v[i]);
    else
      out[i] = __builtin_sqrtf(v[i]);
  }
  return out;
}

/// The share of the way through the piece at which the curve has height `value`.
template <class Real>
ELBOW_INLINE VecOf<Real> share_at_height(const SplinePlace<Real>& place, VecOf<Real> value) {
  const VecOf<Real> above = value - place.up.low;
  const VecOf<Real> bend = above * (place.left + place.right - place.chord * Real(2));
  // a t^2 + b t + c = 0; the form of the root that does not cancel.
  const VecOf<Real> a = place.height * (place.chord - place.left) + bend;
  const VecOf<Real> b = place.height * place.left - bend, c = -place.chord * above;
  const VecOf<Real> square = b * b - a * c * Real(4);
  const VecOf<Real> least = broadcast_of<Real>(Real(1e-30));
  return c * Real(2) / (-b - square_root_of<Real>(square < least ? least : square));
}

/// @param value inside the tails, or at their ends
template <class Real>
ELBOW_INLINE void find_place(const ElementMap& map,
                             const Real* raw,
                             VecOf<Real> value,
                             bool is_inverse,
                             SplinePlace<Real>& place) {
  const Spacing across = spacing_of(map, map.min_width), up = spacing_of(map, map.min_height);
  softmax_of<Real>(raw, map.num_bins, place.widths);
  softmax_of<Real>(raw + map.num_bins * kLanesOf<Real>, map.num_bins, place.heights);
  if (is_inverse) {
    place.up = bin_holding<Real>(place.heights, up, value);
    place.across = bin_at<Real>(place.widths, across, place.up.index);
  } else {
    place.across = bin_holding<Real>(place.widths, across, value);
    place.up = bin_at<Real>(place.heights, up, place.across.index);
  }
  place_slopes<Real>(map, raw, place);
  place.width = place.across.high - place.across.low;
  place.height = place.up.high - place.up.low;
  place.chord = place.height / place.width;
  place.share =
      is_inverse ? share_at_height<Real>(place, value) : (value - place.across.low) / place.width;
}

/// The terms of a piece: y = low + height steep / scale, dy/dx = (chord / scale)^2 rise.
template <class Real>
struct SplineTerms {
  VecOf<Real> mixed, rest, scale, steep, rise;
};

template <class Real>
ELBOW_INLINE SplineTerms<Real> terms_of(const SplinePlace<Real>& place) {
  const VecOf<Real> t = place.share, rest = Real(1) - t, mixed = t * rest, s = place.chord;
  return {mixed,
          rest,
          s + (place.left + place.right - s * Real(2)) * mixed,
          s * (t * t) + place.left * mixed,
          place.right * (t * t) + s * mixed * Real(2) + place.left * (rest * rest)};
}

template <class Real>
ELBOW_INLINE VecOf<Real> clamped_to_tails(const ElementMap& map, VecOf<Real> x) {
  const VecOf<Real> bound = broadcast_of<Real>(static_cast<Real>(map.tail_bound));
  const VecOf<Real> above = x < -bound ? -bound : x;
  return above > bound ? bound : above;
}

template <class Real>
ELBOW_INLINE Image<Real> spline_image(const ElementMap& map,
                                      const Real* raw,
                                      VecOf<Real> x,
                                      bool is_inverse) {
  SplinePlace<Real> place;
  find_place<Real>(map, raw, clamped_to_tails<Real>(map, x), is_inverse, place);
  const SplineTerms<Real> terms = terms_of<Real>(place);
  const VecOf<Real> log_slope =
      log_of<Real>(place.chord / terms.scale) * Real(2) + log_of<Real>(terms.rise);
  const VecOf<Real> value = is_inverse ? place.across.low + place.share * place.width
                                       : place.up.low + place.height * terms.steep / terms.scale;
  const auto is_inside = magnitude_of<Real>(x) < static_cast<Real>(map.tail_bound);
  return {is_inside ? value : x, is_inside ? (is_inverse ? -log_slope : log_slope) : VecOf<Real>{}};
}

/// Derivatives of g_y y + g_l log(dy/dx) with the place t in the piece held fixed, and by t.
template <class Real>
struct SplinePartials {
  VecOf<Real> share, chord, height, left, right;
};

template <class Real>
ELBOW_INLINE SplinePartials<Real> partials_of(const SplinePlace<Real>& place,
                                              const SplineTerms<Real>& terms,
                                              VecOf<Real> grad_y,
                                              VecOf<Real> grad_log_slope) {
  const VecOf<Real> t = place.share, s = place.chord, one_scale = Real(1) / terms.scale;
  const VecOf<Real> steep = grad_y * place.height * one_scale;
  const VecOf<Real> rise = grad_log_slope / terms.rise;
  const VecOf<Real> scale = -(steep * terms.steep + grad_log_slope * Real(2)) * one_scale;
  const VecOf<Real> bend = place.left + place.right - s * Real(2);
  const VecOf<Real> mixed = steep * place.left + scale * bend + rise * s * Real(2);
  SplinePartials<Real> out;
  out.share = steep * s * t * Real(2) + mixed * (Real(1) - t * Real(2)) +
              rise * (place.right * t - place.left * terms.rest) * Real(2);
  out.chord = steep * (t * t) + scale * (Real(1) - terms.mixed * Real(2)) +
              rise * terms.mixed * Real(2) + grad_log_slope * Real(2) / s;
  out.height = grad_y * terms.steep * one_scale;
  out.left = (steep + scale) * terms.mixed + rise * (terms.rest * terms.rest);
  out.right = scale * terms.mixed + rise * (t * t);
  return out;
}

/// Gradients with respect to the piece's corners and the number itself.
template <class Real>
struct CornerGradients {
  VecOf<Real> value, x_low, x_high, y_low, y_high, left, right;
};

template <class Real>
ELBOW_INLINE CornerGradients<Real> corners_forward(const SplinePlace<Real>& place,
                                                   const SplineTerms<Real>& terms,
                                                   VecOf<Real> grad_y,
                                                   VecOf<Real> grad_log_slope) {
  const auto partial = partials_of<Real>(place, terms, grad_y, grad_log_slope);
  const VecOf<Real> one_width = Real(1) / place.width;
  const VecOf<Real> value = partial.share * one_width;
  const VecOf<Real> width =
      -(partial.chord * place.chord + partial.share * place.share) * one_width;
  const VecOf<Real> height = partial.height + partial.chord * one_width;
  return {value, -value - width, width, grad_y - height, height, partial.left, partial.right};
}

/// x = x_low + t width with t from y(t) = value: t moves by 1 / y'(t) as the value does, and
/// against what moves y(t).
template <class Real>
ELBOW_INLINE CornerGradients<Real> corners_inverse(const SplinePlace<Real>& place,
                                                   const SplineTerms<Real>& terms,
                                                   VecOf<Real> grad_x,
                                                   VecOf<Real> grad_log_slope) {
  const VecOf<Real> ratio = place.chord / terms.scale;
  const VecOf<Real> slope = ratio * ratio * terms.rise;
  const auto own = partials_of<Real>(place, terms, VecOf<Real>{}, -grad_log_slope);
  const VecOf<Real> value = (own.share + grad_x * place.width) / (place.width * slope);
  const auto partial = partials_of<Real>(place, terms, -value, -grad_log_slope);
  const VecOf<Real> one_width = Real(1) / place.width;
  const VecOf<Real> width = grad_x * place.share - partial.chord * place.chord * one_width;
  const VecOf<Real> height = partial.height + partial.chord * one_width;
  return {value, grad_x - width, width, -value - height, height, partial.left, partial.right};
}

/// @return the gradient with respect to x @param grad_raw [num_parameters, lanes] out
template <class Real>
ELBOW_INLINE VecOf<Real> spline_gradient(const ElementMap& map,
                                         const Real* raw,
                                         VecOf<Real> x,
                                         bool is_inverse,
                                         Image<Real> grad,
                                         Real* grad_raw) {
  constexpr int kStep = kLanesOf<Real>;
  SplinePlace<Real> place;
  find_place<Real>(map, raw, clamped_to_tails<Real>(map, x), is_inverse, place);
  const SplineTerms<Real> terms = terms_of<Real>(place);
  const auto is_inside = magnitude_of<Real>(x) < static_cast<Real>(map.tail_bound);
  const VecOf<Real> zero{};
  CornerGradients<Real> corner =
      is_inverse ? corners_inverse<Real>(place, terms, grad.value, grad.log_slope)
                 : corners_forward<Real>(place, terms, grad.value, grad.log_slope);
  corner.x_low = is_inside ? corner.x_low : zero;
  corner.x_high = is_inside ? corner.x_high : zero;
  corner.y_low = is_inside ? corner.y_low : zero;
  corner.y_high = is_inside ? corner.y_high : zero;
  bin_gradient<Real>(place.widths,
                     spacing_of(map, map.min_width),
                     place.across,
                     corner.x_low,
                     corner.x_high,
                     grad_raw);
  bin_gradient<Real>(place.heights,
                     spacing_of(map, map.min_height),
                     place.up,
                     corner.y_low,
                     corner.y_high,
                     grad_raw + map.num_bins * kStep);
  const VecOf<Real> left =
      is_inside ? corner.left * slope_derivative<Real>(map, place.raw_left) : zero;
  const VecOf<Real> right =
      is_inside ? corner.right * slope_derivative<Real>(map, place.raw_right) : zero;
  const VecOf<Real> index = place.across.index;
  for (std::int64_t k = 1; k < map.num_bins; ++k) {
    const VecOf<Real> knot = broadcast_of<Real>(static_cast<Real>(k));
    store_of<Real>(grad_raw + (2 * map.num_bins + k - 1) * kStep,
                   (index == knot ? left : zero) + (index + Real(1) == knot ? right : zero));
  }
  return is_inside ? corner.value : grad.value;
}

}  // namespace elbow::kernels::ELBOW_KERNEL_VARIANT
