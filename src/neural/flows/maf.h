#pragma once

#include "autoregressive_flow.h"

namespace elbow {

/// Scales and shifts each latent by functions of those before it, after their change: densities of
/// values in one pass, draws in as many as latents.
class MaskedAutoregressiveFlow : public AutoregressiveFlow {
 public:
  MaskedAutoregressiveFlow(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
};

}  // namespace elbow
