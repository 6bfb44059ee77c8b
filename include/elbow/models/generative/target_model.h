#pragma once

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/component.h"
#include "elbow/models/generative/generative_model.h"
#include "elbow/probability/targets/target.h"

namespace elbow {

/// A named density with no data: the "posterior" that a guide is fitted to. Its ELBO is
/// ln Z - KL(q || p), where Z is the target's normaliser. Rezende, Mohamed, 2015, arXiv:1505.05770,
/// section 6.1.
class TargetModel : public GenerativeModel {
 public:
  static ComponentInfo info();
  static GenerativeModelPtr create(const ConfigNode& node, const DataContext& data);
  explicit TargetModel(TargetPtr target);
  /// "z".
  std::vector<SiteSpec> sites() const override { return {{"z", {target_->size()}}}; }
  /// @param batch shows nothing but how many draws there are: x [B]
  Trace score(const Batch& batch, const Trace& latents, const ModelContext& context) override;
  /// Exact draws. @throws UsageError when the target has none
  Trace sample(std::int64_t n, const ModelContext& context) override;
  const Target* target() const override { return target_.get(); }

 private:
  TargetPtr target_;
  DistributionPtr density_;
};

}  // namespace elbow
