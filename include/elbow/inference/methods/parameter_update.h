#pragma once

#include "elbow/inference/optim/flat_parameters.h"
#include "elbow/inference/optim/optimizer.h"

namespace elbow {

/// The second half of a step: takes the gradients in the buffer to new weights. Is everything
/// finite; the norm, and clipping; the optimizer; the moving average. Nothing in it synchronises
/// with a device: where a number is not finite, a flag on the device keeps weights, moments,
/// average and statistics as they were.
class ParameterUpdate {
 public:
  struct Options {
    double clip_norm = 0;  ///< 0: none
    double ema_decay = 0;  ///< 0: no average is kept
  };
  /// Keeps a reference to the parameters.
  /// @param statistics what forward passes move, before anybody knows whether the step is finite
  ParameterUpdate(const FlatParameters& parameters,
                  OptimizerPtr optimizer,
                  std::vector<Tensor> statistics,
                  const Options& options);

  /// Before the forward pass.
  void keep();
  /// As they were when they were kept.
  void put_back();
  /// The learning rate of the updates that follow.
  void set_rate(double rate);
  /// @param loss 0-dim @return the norm before clipping, 0-dim
  Tensor apply(const Tensor& loss);
  /// Float32, 0-dim: 1 when loss or gradient of the last step was not finite.
  const Tensor& found_non_finite() const { return found_; }

  Optimizer& optimizer() { return *optimizer_; }
  const Optimizer& optimizer() const { return *optimizer_; }
  /// Of the weights, [P]; undefined when none is kept.
  const Tensor& average() const { return average_; }

 private:
  const FlatParameters& parameters_;
  OptimizerPtr optimizer_;
  Options options_;
  std::vector<Tensor> statistics_, statistics_before_;
  Tensor average_;
  Tensor rate_, found_;  ///< 0-dim float32
};

}  // namespace elbow
