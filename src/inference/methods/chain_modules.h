#pragma once

#include "elbow/inference/methods/experiment.h"

namespace elbow {

/// A model without anything to maximise over, and room for the draws of its chains: num_draws and
/// num_chains of the section `inference`. @throws ConfigError
Modules build_chain_modules(const ConfigNode& config, const DataContext& data, at::Device device);

/// Draws and their model's buffers from a checkpoint.
void load_chain_modules(Modules& modules, const NamedTensors& stored, const std::string& source);

/// What is fitted by none of these has no part in chains; the rules have refused whatever was set.
void touch_unused_sections(const ConfigNode& config);

}  // namespace elbow
