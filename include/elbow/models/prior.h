#pragma once

#include <torch/nn/module.h>

#include "elbow/core/factory.h"
#include "elbow/distributions/distribution.h"

namespace elbow {

/// p(z): a module, since priors can be learned.
class Prior : public torch::nn::Module {
 public:
  /// Batch shape [], event shape [L].
  virtual DistributionPtr distribution() = 0;
};
using PriorPtr = std::shared_ptr<Prior>;

struct PriorShapes {
  std::int64_t latent_size;
};

/// standard_normal. Properties: support.
const Factory<PriorPtr, const PriorShapes&>& prior_factory();

}  // namespace elbow
