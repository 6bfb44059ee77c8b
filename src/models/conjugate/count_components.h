#pragma once

#include "elbow/models/conjugate/component_likelihood.h"

namespace elbow {

/// Counts with a rate for each class and feature (gamma priors).
class PoissonComponents : public ComponentLikelihood {
 public:
  PoissonComponents(const ConfigNode& node, const ComponentSizes& sizes);
  static ComponentInfo info();
  Tensor features(const Tensor& x) const override;
  Tensor base(const Tensor& x) const override;
  Tensor draw(const Tensor& theta, RandomSource& source) const override;
  std::string problem(const Tensor& x) const override;
  Tensor expected(const Tensor& natural, bool is_point) const override;
};

/// Features that are 0 or 1, with a probability for each class and feature (beta priors).
class BernoulliComponents : public ComponentLikelihood {
 public:
  BernoulliComponents(const ConfigNode& node, const ComponentSizes& sizes);
  static ComponentInfo info();
  Tensor features(const Tensor& x) const override;
  Tensor base(const Tensor& x) const override;
  Tensor draw(const Tensor& theta, RandomSource& source) const override;
  std::string problem(const Tensor& x) const override;
  Tensor expected(const Tensor& natural, bool is_point) const override;
};

/// Counts of D outcomes whose total is given, with proportions for each class (Dirichlet priors).
/// An example with total 1 is one categorical outcome.
class MultinomialComponents : public ComponentLikelihood {
 public:
  MultinomialComponents(const ConfigNode& node, const ComponentSizes& sizes);
  static ComponentInfo info();
  Tensor features(const Tensor& x) const override;
  Tensor base(const Tensor& x) const override;
  Tensor draw(const Tensor& theta, RandomSource& source) const override;
  std::string problem(const Tensor& x) const override;
  Tensor expected(const Tensor& natural, bool is_point) const override;

 private:
  std::int64_t draw_total_;
};

}  // namespace elbow
