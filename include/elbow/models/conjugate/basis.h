#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "elbow/foundations/core/factory.h"
#include "elbow/probability/distributions/random_source.h"

namespace elbow {

/// Fixed functions phi of the inputs that a regression weights: y = w . phi(x).
class Basis {
 public:
  virtual ~Basis() = default;
  /// phi(x), the intercept first where there is one. @param x [B, D] @return [B, P]
  Tensor features(const Tensor& x) const;
  /// What each feature is, for people: "1", "x0", "x0 x1"; P of them.
  const std::vector<std::string>& names() const { return names_; }
  /// Whether the first feature is always 1.
  bool has_intercept() const { return has_intercept_; }
  std::int64_t size() const { return static_cast<std::int64_t>(names_.size()); }

 protected:
  /// @throws ConfigError when there is neither an intercept nor another feature
  Basis(const ConfigNode& node, std::vector<std::string> columns);
  /// phi(x) without the intercept.
  virtual Tensor columns(const Tensor& x) const = 0;

 private:
  bool has_intercept_;
  std::vector<std::string> names_;
};
using BasisPtr = std::shared_ptr<const Basis>;

/// linear, polynomial, quadratic, rbf. The argument is D, the number of inputs.
Factory<BasisPtr, std::int64_t>& basis_factory();

}  // namespace elbow
