#pragma once

#include "conditioner_network.h"
#include "elbow/probability/transforms/element_bijector.h"

namespace elbow {

/// A coupling with its conditioner; kept and changed coordinates swap from one repeat to the next.
class CouplingFlow : public ConditionalTransform {
 public:
  TransformPtr forward(const Tensor& context) override;
  std::int64_t context_size() const override { return context_size_; }

 protected:
  /// @throws ConfigError for a single latent
  CouplingFlow(const ConfigNode& node, const BuildContext& context, ElementBijector bijector);
  /// The keys of every coupling around its own. @param info with name and summary
  static ComponentInfo coupling_info(ComponentInfo info, const std::vector<Parameter>& own);

 private:
  ElementBijector bijector_;
  Tensor kept_, changed_;
  std::int64_t context_size_ = 0;
  std::shared_ptr<ConditionerNetwork> network_;
};

}  // namespace elbow
