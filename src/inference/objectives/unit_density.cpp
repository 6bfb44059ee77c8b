#include "unit_density.h"

#include <stdexcept>

#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/normal.h"

namespace elbow {

Tensor unit_log_prob(const Distribution& distribution, const Tensor& value) {
  if (const auto* normal = dynamic_cast<const DiagNormal*>(&distribution))
    return Normal(normal->loc(), normal->log_scale()).log_prob(value);
  if (const auto* product = dynamic_cast<const Independent*>(&distribution))
    return product->base().log_prob(value);
  throw std::logic_error("expected a distribution of independent units, got '" +
                         distribution.name() + "'");
}

}  // namespace elbow
