#pragma once

#include "elbow/probability/transforms/support.h"

namespace elbow {

/// Several variables as one unconstrained vector: a distribution on R^U becomes one on all of them
/// together, by each support's bijection. Immutable.
///
/// Kucukelbir, Tran, Ranganath, Gelman, Blei, "Automatic differentiation variational inference",
/// 2017, arXiv:1603.00788, sections 2.3 and 2.4.
class JoinedBijection {
 public:
  struct Variable {
    std::string name;
    Support support;
    Shape event_shape;
  };
  /// A variable and where it lies in the vector: `size` numbers from `begin` on.
  struct Slice {
    Variable variable;
    TransformPtr bijection;
    Shape unconstrained_shape;
    std::int64_t begin, size;
  };
  struct Constrained {
    Tensor value;    ///< [..., event]
    Tensor log_det;  ///< [...] log |det dvalue / dslice|
  };
  struct Unconstrained {
    Tensor flat;                   ///< [..., U]
    std::vector<Tensor> log_dets;  ///< of each variable, [...]: log |det dslice / dvalue|
  };

  /// @param variables in the order in which they lie in the vector
  /// @throws std::logic_error when there is none, two have one name, or a support has no bijection
  explicit JoinedBijection(const std::vector<Variable>& variables);
  /// U.
  std::int64_t size() const { return size_; }
  const std::vector<Slice>& slices() const { return slices_; }
  /// Each variable's value, in order. @param flat [..., U]
  std::vector<Constrained> forward(const Tensor& flat) const;
  /// The vector of these values. @param values in order, [..., event] with one batch shape
  Unconstrained inverse(const std::vector<Tensor>& values) const;

 private:
  std::vector<Slice> slices_;
  std::int64_t size_ = 0;
};

}  // namespace elbow
