#include "elbow/guides/empty_guide.h"

#include <stdexcept>

namespace elbow {

DistributionPtr EmptyGuide::posterior(const Tensor&) {
  throw std::logic_error("a model without latents has no posterior");
}

}  // namespace elbow
