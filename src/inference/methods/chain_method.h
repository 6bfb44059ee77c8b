#pragma once

#include "elbow/inference/methods/inference_method.h"

namespace elbow {

/// A row of the table of inferences that draws by Markov chains: all of it but what moves them.
class ChainMethod : public InferenceMethod {
 public:
  /// A model without anything to maximise over, and room for the draws of its chains: num_draws and
  /// num_chains of the section `inference`. @throws ConfigError
  Modules build_modules(const ConfigNode& config,
                        const DataContext& data,
                        at::Device device) const override;
  /// Draws and their model's buffers from a checkpoint.
  void load(Modules& modules,
            const NamedTensors& stored,
            bool use_average,
            const std::string& source) const override;
  /// @throws UsageError: chains begin at points
  std::string begin_from(Modules& modules,
                         const NamedTensors& stored,
                         const std::string& weights,
                         const std::string& source) const override;
  bool needs_cpu() const override { return true; }

 protected:
  /// What is fitted by none of these has no part in chains; the rules have refused whatever was
  /// set.
  static void touch_unused_sections(const ConfigNode& config);
};

}  // namespace elbow
