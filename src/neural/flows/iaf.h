#pragma once

#include "autoregressive_flow.h"

namespace elbow {

/// Gates each latent by functions of those before it, before their change: draws in one pass,
/// densities of values in as many as latents.
class InverseAutoregressiveFlow : public AutoregressiveFlow {
 public:
  InverseAutoregressiveFlow(const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info();
};

}  // namespace elbow
