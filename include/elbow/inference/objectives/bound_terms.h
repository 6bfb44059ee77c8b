#pragma once

#include <string>
#include <utility>
#include <vector>

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// What an objective says of a batch, in nats per example. Bigger is better, upper bounds excepted.
struct BoundTerms {
  Tensor bound;           ///< [B] the objective's value
  Tensor elbo;            ///< [B] beta = 1, no free bits
  Tensor reconstruction;  ///< [B] E_q log p(x | z)
  Tensor kl;              ///< [B] KL(q(z | x) || p(z)), or its Monte-Carlo estimate
  Tensor kl_per_unit;     ///< [L] batch mean; undefined when the KL is no sum over units
  /// Further parts by name, 0-dim batch means, for metrics.
  std::vector<std::pair<std::string, Tensor>> more = {};
};

}  // namespace elbow
