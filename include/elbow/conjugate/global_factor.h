#pragma once

#include <string>
#include <vector>

#include "elbow/families/exponential_family.h"

namespace elbow {

/// One factor of the variational distribution over what all examples share, and its prior in the
/// same family.
struct GlobalFactor {
  std::string name;
  ExponentialFamilyPtr
      family;    ///< null: a plain number that the model itself estimates (empirical Bayes)
  Tensor prior;  ///< natural parameters [..., P] float64; the start of a plain number
  bool is_point =
      false;  ///< q is a point mass: expectation-maximisation instead of variational Bayes
  bool is_flat =
      false;  ///< the prior has no density to speak of: maximum likelihood; implies is_point
};

/// The natural parameters of all factors at one moment, with their expectations on demand. Natural
/// parameters are never changed in place, so a copy of this is cheap and safe.
class Globals {
 public:
  Globals(const std::vector<GlobalFactor>& factors, std::vector<Tensor> natural);

  std::size_t size() const { return natural_.size(); }
  const Tensor& natural(std::size_t i) const { return natural_.at(i); }
  /// E_q[t] of factor i, or t at its mode where q is a point mass; the number itself without a
  /// family. [..., P]
  const Tensor& mean(std::size_t i) const;
  void set(std::size_t i, Tensor natural);

 private:
  struct Kind {
    ExponentialFamilyPtr family;
    bool is_point;
  };
  std::vector<Kind> kinds_;
  std::vector<Tensor> natural_;
  mutable std::vector<Tensor> means_;
};

}  // namespace elbow
