#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/core/factory.h"

namespace elbow {

using at::Tensor;

/// A first-order optimizer over flat buffers. The learning rate is a 0-dim float32 tensor that the
/// caller fills (captured graphs see it).
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// One update of `values` by `gradients` (descent). Where `found_non_finite` (0-dim float32) is 1
  /// nothing changes, no moment, no count.
  virtual void step(const Tensor& values,
                    const Tensor& gradients,
                    const Tensor& learning_rate,
                    const Tensor& found_non_finite) = 0;
  /// State tensors by name: moments are flat like `values` and are saved by parameter name; "steps"
  /// is 0-dim float32.
  virtual std::vector<std::pair<std::string, Tensor>> state() const = 0;
};
using OptimizerPtr = std::shared_ptr<Optimizer>;

/// adam, adamw, adamax, adagrad, rmsprop, sgd. The parameters that all share (learning_rate
/// schedule, clip_norm) belong to every row: the inference reads them (see
/// `common_optimizer_parameters`); weight_decay and the moments' constants to the component.
/// @param values the flat buffer: gives size, dtype and device of the moments
Factory<OptimizerPtr, const Tensor&>& optimizer_factory();

/// learning_rate (schedule, > 0), clip_norm (> 0, optional).
std::vector<Parameter> common_optimizer_parameters();

/// 0-dim float32: 1 when any element of `gradients` or `loss` is not finite. No host
/// synchronisation.
void check_finite(const Tensor& gradients, const Tensor& loss, const Tensor& found_non_finite);

/// Raises `found_non_finite` where gradients of this norm could have squares beyond their type's
/// largest number (1e19 in float32): infinite second moments would never fall again.
/// @param norm 0-dim, of what the optimizer is given
void check_squares(const Tensor& gradients, const Tensor& norm, const Tensor& found_non_finite);

/// Scales `gradients` so that its 2-norm is at most `max_norm`; no host synchronisation. @return
/// the norm before, 0-dim
Tensor clip_global_norm(const Tensor& gradients, double max_norm);

/// What an update asks of its gradients, all at once: check_finite, clip_global_norm and
/// check_squares. On the CPU in one pass, and without one where nothing is clipped.
/// @param loss 0-dim @return the norm before clipping, 0-dim float64
Tensor check_and_clip(const Tensor& gradients,
                      const Tensor& loss,
                      double max_norm,
                      const Tensor& found_non_finite);

/// Exponential moving average of weights: average <- decay * average + (1 - decay) * values;
/// nothing moves where `found_non_finite` is 1.
void update_average(const Tensor& average,
                    const Tensor& values,
                    double decay,
                    const Tensor& found_non_finite);

}  // namespace elbow
