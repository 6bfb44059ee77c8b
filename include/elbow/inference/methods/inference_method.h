#pragma once

#include <memory>
#include <string>

#include "elbow/inference/methods/experiment.h"
#include "elbow/inference/optim/flat_parameters.h"

namespace elbow {

/// A way to fit, from a configuration to the weights of a checkpoint: a row of the table of
/// inferences. What can be done with the result says its FittedModel (elbow/evaluate).
class InferenceMethod {
 public:
  virtual ~InferenceMethod() = default;
  /// What is fitted, with its initial weights.
  virtual Modules build_modules(const ConfigNode& config,
                                const DataContext& data,
                                at::Device device) const = 0;
  /// What fits it, for a resolved configuration.
  virtual std::shared_ptr<Inference> build(const ConfigNode& config,
                                           Modules& modules,
                                           const Dataset& dataset) const = 0;
  /// Weights of a checkpoint into fresh modules, which are ready to be used then.
  /// @param use_average the moving average instead of the weights, where there is one
  virtual void load(Modules& modules,
                    const NamedTensors& stored,
                    bool use_average,
                    const std::string& source) const = 0;
  /// Lets a training begin from another run's weights. @param weights raw | ema
  /// @return what it begins from, in words
  virtual std::string begin_from(Modules& modules,
                                 const NamedTensors& stored,
                                 const std::string& weights,
                                 const std::string& source) const = 0;
  /// Whether it runs on the CPU, whatever device was chosen.
  virtual bool needs_cpu() const { return false; }
};
using InferenceMethodPtr = std::shared_ptr<const InferenceMethod>;

}  // namespace elbow
