#pragma once

#include <optional>

#include "elbow/foundations/core/shape.h"
#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// Where a variable lies: an immutable value. Its name is the word in the columns `support` and
/// `latent_kind` of factory rows.
///
/// A support speaks of numbers, vectors or square matrices; in an event with more dimensions each
/// of them lies on it: a simplex with event shape [M, K] is M simplices of K numbers.
class Support {
 public:
  static Support real();
  static Support positive();                            ///< y > 0
  static Support unit_interval();                       ///< [0, 1]
  static Support greater_than(double lower);            ///< y > lower
  static Support less_than(double upper);               ///< y < upper
  static Support interval(double lower, double upper);  ///< [lower, upper]
  static Support simplex();                             ///< [K]: not negative, with sum 1
  static Support ordered();           ///< [D]: increasing; equal neighbours where steps round to 0
  static Support positive_ordered();  ///< [D]: ordered, and the first above 0
  static Support cholesky_covariance();   ///< [n, n]: lower triangular, positive diagonal
  static Support cholesky_correlation();  ///< [n, n]: the same with rows of norm 1
  static Support sphere();                ///< [D]: norm 1
  static Support binary();                ///< 0 or 1
  static Support count();                 ///< 0, 1, 2, ...
  static Support integer();               ///< whole numbers
  static Support one_hot();  ///< [L C]: L variables of C classes, a 1 for each and 0 elsewhere

  const std::string& name() const;
  /// The name with its bounds, "interval(-1, 3)".
  std::string text() const;
  bool is_discrete() const;
  /// Whether unconstrained space can be mapped onto it; not onto discrete supports and the sphere.
  bool has_bijection() const;
  /// How many trailing dimensions of an event the support speaks of: 0, 1 or 2.
  std::int64_t event_ndims() const;
  /// The shape of what the bijection takes to an event of this shape.
  /// @throws std::logic_error without a bijection; c10::Error when no event can have the shape
  Shape unconstrained_shape(const Shape& event_shape) const;
  /// From unconstrained space onto the support; 0 goes to its middle. The class of each bijection
  /// names the measure of its log-determinant. The image is the interior: what a map rounds to an
  /// end of an interval stays off it.
  /// @throws as unconstrained_shape
  TransformPtr bijection(const Shape& event_shape) const;
  /// Which values lie on the support, sums and norms up to rounding; not those that are not finite.
  /// @param value [..., event] @return booleans [...]
  Tensor contains(const Tensor& value, const Shape& event_shape) const;

  friend bool operator==(const Support& a, const Support& b);
  friend bool operator!=(const Support& a, const Support& b) { return !(a == b); }

 private:
  struct Rule;
  explicit Support(Rule rule);
  std::shared_ptr<const Rule> rule_;
};

/// Every support, those with bounds for an example of bounds.
const std::vector<Support>& all_supports();
/// The support of a factory row's word; nothing for a word that is none, or that needs bounds.
std::optional<Support> support_named(const std::string& name);

}  // namespace elbow
