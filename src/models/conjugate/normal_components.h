#pragma once

#include "elbow/models/conjugate/component_likelihood.h"

namespace elbow {

/// Normal classes of known variance: only the means are learned, each feature's by itself. The
/// mixture of the lectures (unit variance); with hard assignments and equal weights it is k-means.
class NormalUnitComponents : public ComponentLikelihood {
 public:
  NormalUnitComponents(const ConfigNode& node, const ComponentSizes& sizes);
  static ComponentInfo info();
  Tensor features(const Tensor& x) const override;
  Tensor base(const Tensor& x) const override;
  Tensor draw(const Tensor& theta, RandomSource& source) const override;
  std::string problem(const Tensor& x) const override;
  std::optional<LocationPrior> location_prior(const Tensor& spread) const override;
  Tensor expected(const Tensor& natural, bool is_point) const override;
  std::optional<QuadraticScores> quadratic_scores(const Tensor& mean) const override;
  Tensor from_moments(const Tensor& counts,
                      const Tensor& sums,
                      const Tensor& squares) const override;
  Tensor covariance(const Tensor& mean) const override;

 private:
  double variance_, location_, location_variance_;
};

/// Normal classes with a mean and a precision for each feature (normal-gamma priors).
class NormalDiagonalComponents : public ComponentLikelihood {
 public:
  NormalDiagonalComponents(const ConfigNode& node, const ComponentSizes& sizes);
  static ComponentInfo info();
  Tensor features(const Tensor& x) const override;
  Tensor base(const Tensor& x) const override;
  Tensor draw(const Tensor& theta, RandomSource& source) const override;
  std::string problem(const Tensor& x) const override;
  std::optional<LocationPrior> location_prior(const Tensor& spread) const override;
  Tensor expected(const Tensor& natural, bool is_point) const override;
  std::optional<QuadraticScores> quadratic_scores(const Tensor& mean) const override;
  Tensor from_moments(const Tensor& counts,
                      const Tensor& sums,
                      const Tensor& squares) const override;
  Tensor covariance(const Tensor& mean) const override;

 private:
  double location_, strength_;
};

/// Normal classes with a mean and a full precision matrix (normal-Wishart priors).
class NormalFullComponents : public ComponentLikelihood {
 public:
  NormalFullComponents(const ConfigNode& node, const ComponentSizes& sizes);
  static ComponentInfo info();
  Tensor features(const Tensor& x) const override;
  Tensor base(const Tensor& x) const override;
  Tensor draw(const Tensor& theta, RandomSource& source) const override;
  std::string problem(const Tensor& x) const override;
  std::optional<LocationPrior> location_prior(const Tensor& spread) const override;
  Tensor expected(const Tensor& natural, bool is_point) const override;
  std::optional<QuadraticScores> quadratic_scores(const Tensor& mean) const override;
  Tensor from_moments(const Tensor& counts,
                      const Tensor& sums,
                      const Tensor& squares) const override;
  Tensor covariance(const Tensor& mean) const override;

 private:
  std::int64_t size_;
  double location_, strength_;
};

}  // namespace elbow
