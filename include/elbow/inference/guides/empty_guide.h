#pragma once

#include "elbow/inference/guides/guide.h"

namespace elbow {

/// The guide of a model without latents: it proposes nothing.
class EmptyGuide : public Guide {
 public:
  ConditionedGuidePtr condition(const Batch& batch) override;
};

}  // namespace elbow
