#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "elbow/probability/distributions/random_source.h"

namespace elbow {

/// Named parameters in the textbook's form, in order: {"concentration", ...}, {"rate", ...}.
using OrdinaryParameters = std::vector<std::pair<std::string, Tensor>>;

/// An exponential family p(x | eta) = exp(<eta, t(x)> - A(eta)), with base measure 1: constants
/// belong to A.
///
/// An immutable value that knows the sizes; natural parameters are passed in, flat and float64,
/// [..., P], and so are events, [..., E]. A symmetric matrix is stored whole, so <., .> is the
/// plain sum over P. Nats.
///
/// Wainwright, Jordan, "Graphical models, exponential families, and variational inference", 2008,
/// section 3.
class ExponentialFamily {
 public:
  virtual ~ExponentialFamily() = default;
  virtual std::string name() const = 0;
  virtual std::int64_t natural_size() const = 0;  ///< P
  virtual std::int64_t event_size() const = 0;    ///< E
  /// t(x). @param x [..., E] @return [..., P]
  virtual Tensor statistics(const Tensor& x) const = 0;
  /// A(eta). @return [...]
  virtual Tensor log_partition(const Tensor& eta) const = 0;
  /// E[t(x)], the gradient of A. @return [..., P]
  virtual Tensor mean(const Tensor& eta) const = 0;
  /// The inverse of mean(): dual coordinates back to natural ones. @return [..., P]
  virtual Tensor natural_from_mean(const Tensor& mean) const = 0;
  virtual OrdinaryParameters ordinary(const Tensor& eta) const = 0;
  /// Inverse of ordinary(), by position. @return [..., P]
  virtual Tensor natural(const std::vector<Tensor>& ordinary) const = 0;
  /// The x that maximises <eta, t(x)>: what is left of the family as a point mass. Mode of the
  /// density of x with base measure 1; with eta a sum of likelihood statistics it is the
  /// maximum-likelihood estimate. @return [..., E]
  virtual Tensor mode(const Tensor& eta) const = 0;
  /// One draw for each natural parameter. @return [..., E]
  virtual Tensor sample(const Tensor& eta, RandomSource& source) const = 0;
  /// Empty when every eta is inside the natural parameter space, else what is wrong with it.
  virtual std::string problem(const Tensor& eta) const = 0;

  /// ln p(x | eta). @return [...]
  Tensor log_prob(const Tensor& x, const Tensor& eta) const;
  /// A(eta) - <eta, E t>. @return [...]
  Tensor entropy(const Tensor& eta) const;
  /// KL(p || q) = <eta_p - eta_q, E_p t> - A(eta_p) + A(eta_q). @return [...]
  Tensor kl(const Tensor& p, const Tensor& q) const;
};
using ExponentialFamilyPtr = std::shared_ptr<const ExponentialFamily>;

}  // namespace elbow
