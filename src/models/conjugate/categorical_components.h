#pragma once

#include "elbow/models/conjugate/component_likelihood.h"

namespace elbow {

/// One column of symbols 0 .. S - 1, with proportions for each class (Dirichlet priors).
class CategoricalComponents : public ComponentLikelihood {
 public:
  CategoricalComponents(const ConfigNode& node, const ComponentSizes& sizes);
  static ComponentInfo info();
  Tensor features(const Tensor& x) const override;
  Tensor base(const Tensor& x) const override;
  Tensor draw(const Tensor& theta, RandomSource& source) const override;
  bool is_nominal() const override { return true; }
  std::string problem(const Tensor& x) const override;
  /// The most probable symbol: a mean of symbols would be none.
  Tensor expected(const Tensor& natural, bool is_point) const override;

 private:
  std::int64_t num_symbols_;
};

}  // namespace elbow
