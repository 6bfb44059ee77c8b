#pragma once

#include "conditioner_network.h"
#include "elbow/probability/transforms/autoregressive.h"

namespace elbow {

/// A masked network and what it conditions; every second repeat takes the latents backwards.
class AutoregressiveFlow : public ConditionalTransform {
 public:
  TransformPtr forward(const Tensor& context) override;
  std::int64_t context_size() const override { return context_size_; }

 protected:
  AutoregressiveFlow(const ConfigNode& node,
                     const BuildContext& context,
                     AutoregressiveDirection direction,
                     ElementBijector bijector);

 private:
  AutoregressiveDirection direction_;
  bool is_reversed_;
  ElementBijector bijector_;
  std::int64_t context_size_ = 0;
  std::shared_ptr<ConditionerNetwork> network_;
};

}  // namespace elbow
