#pragma once

#include <string>
#include <utility>
#include <vector>

#include "elbow/inference/optim/optimizer.h"

namespace elbow {

/// An optimizer written as a formula: it proposes a direction and new moments, and this class
/// writes them where nothing non-finite was found. Selection, not multiplication: 0 * NaN is NaN.
class MaskedOptimizer : public Optimizer {
 public:
  void step(const Tensor& values,
            const Tensor& gradients,
            const Tensor& learning_rate,
            const Tensor& found_non_finite) final;
  std::vector<std::pair<std::string, Tensor>> state() const final;

 protected:
  /// @param values       gives size, dtype and device
  /// @param weight_decay times the values is added to the gradient
  MaskedOptimizer(const Tensor& values, double weight_decay);

  struct Proposal {
    Tensor direction;             ///< [P]; values <- values - learning_rate * direction
    std::vector<Tensor> moments;  ///< in the order of `add_moment`
  };
  /// Computes without writing to any state.
  /// @param gradient [P] @param steps 0-dim float64, number of this step, >= 1
  virtual Proposal propose(const Tensor& gradient, const Tensor& steps) const = 0;

  /// Registers a moment that starts at `start` everywhere.
  void add_moment(const std::string& name, double start = 0);
  const Tensor& moment(std::size_t i) const { return moments_[i].second; }

 private:
  std::vector<std::pair<std::string, Tensor>> moments_;
  Tensor like_, steps_;
  double weight_decay_;
};

}  // namespace elbow
