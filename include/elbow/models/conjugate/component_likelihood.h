#pragma once

#include <memory>
#include <optional>

#include "elbow/foundations/core/factory.h"
#include "elbow/models/conjugate/global_factor.h"

namespace elbow {

/// E[ln p(x | theta_k)] = constants_k - |U_k (x - means_k)|^2 / 2 + base: what the one-pass kernel
/// scores.
struct QuadraticScores {
  Tensor constants;  ///< [K]
  Tensor means;      ///< [K, D]
  Tensor factors;    ///< [K, D, D] upper triangular U, or [K, D] its diagonal
  bool is_diagonal = false;
  double base = 0;  ///< the same for every class and example
};

/// What the examples of one class are drawn from, with its conjugate prior, for K classes at once.
/// The likelihood is an exponential family in the parameters theta_k of the factor: ln p(x |
/// theta_k) = <u(x), t(theta_k)> + b(x).
class ComponentLikelihood {
 public:
  virtual ~ComponentLikelihood() = default;
  /// Named "components", with a prior of [K, ..., P] natural parameters.
  const GlobalFactor& factor() const { return factor_; }
  /// u(x), [B, ..., P]: what an example adds to the natural parameters of its class. @param x [B,
  /// D]
  virtual Tensor features(const Tensor& x) const = 0;
  /// b(x), [B].
  virtual Tensor base(const Tensor& x) const = 0;
  /// Examples from drawn parameters. @param theta [n, ..., E] @return [n, D]
  virtual Tensor draw(const Tensor& theta, RandomSource& source) const = 0;
  /// Whether values are names without an order, so that two rows are as far apart as they differ.
  virtual bool is_nominal() const { return false; }
  /// As ConjugateModel::location_prior(), of the mean of a class.
  virtual std::optional<LocationPrior> location_prior(const Tensor& spread) const;
  /// Empty when the likelihood can score these, else what is wrong with them.
  virtual std::string problem(const Tensor& x) const = 0;
  /// @throws DataError saying what problem() finds
  void check(const Tensor& x) const;
  /// The mean of an example of each class, [K, D], for people and pictures. @param natural [K, ...,
  /// P]
  virtual Tensor expected(const Tensor& natural, bool is_point) const = 0;
  /// How the examples of each class spread, [K, D, D]: the inverse of the expected precision, which
  /// exists where the expected covariance does not. Undefined where the classes are not normal.
  /// @param mean of the factor
  virtual Tensor covariance(const Tensor& mean) const;

  /// The score as a quadratic form, where it is one. @param mean of the factor
  virtual std::optional<QuadraticScores> quadratic_scores(const Tensor& mean) const;
  /// collect() from moments: counts [K], sums of r x [K, D], sums of r x x^T [K, D, D] or of r x^2
  /// [K, D].
  virtual Tensor from_moments(const Tensor& counts,
                              const Tensor& sums,
                              const Tensor& squares) const;

  /// E[ln p(x_n | theta_k)] without b(x_n), [B, K]; -inf for what a class never shows. @param mean
  /// of the factor
  Tensor expected_score(const Tensor& x, const Tensor& mean) const;
  /// sum_n r_nk u(x_n), in the shape of the prior.
  Tensor collect(const Tensor& x, const Tensor& responsibilities) const;
  /// ln E_q[p(x_n | theta_k)], [B, K], exactly: A(lambda_k + u) - A(lambda_k) + b, or ln p at a
  /// point mass. @param frame [K, D] that `natural` is in, or undefined
  Tensor log_predictive(const Tensor& x,
                        const Tensor& natural,
                        bool is_point,
                        const Tensor& frame = {}) const;

 protected:
  GlobalFactor factor_;
};
using ComponentLikelihoodPtr = std::shared_ptr<const ComponentLikelihood>;

/// Sizes that a component likelihood is given.
struct ComponentSizes {
  std::int64_t num_components = 1, num_features = 1;
};

/// normal_unit, normal_diagonal, normal_full, poisson, bernoulli, multinomial,
/// categorical.
Factory<ComponentLikelihoodPtr, const ComponentSizes&>& component_likelihood_factory();

}  // namespace elbow
