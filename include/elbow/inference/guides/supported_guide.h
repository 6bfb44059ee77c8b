#pragma once

#include <memory>

#include "elbow/inference/guides/guide.h"
#include "elbow/probability/transforms/joined_bijection.h"

namespace elbow {

/// A guide of unconstrained numbers as one of latents on their supports: the numbers are cut into
/// the latents' shares, and each goes through its support's bijection. So one family fits any
/// continuous latents, together.
///
/// Kucukelbir, Tran, Ranganath, Gelman, Blei, "Automatic differentiation variational inference",
/// 2017, arXiv:1603.00788, sections 2.3 and 2.4.
class SupportedGuide : public Guide {
 public:
  /// What the inner guide calls its only latent.
  static constexpr const char* kUnconstrained = "unconstrained";

  /// @param numbers a guide of the latent kUnconstrained, [U] @param sites whose supports have
  /// bijections, of one scope
  SupportedGuide(GuidePtr numbers, const std::vector<SiteSpec>& sites);
  /// Its joint density counts with the first site; the others have the log-determinants of their
  /// bijections alone.
  ConditionedGuidePtr condition(const Batch& batch) override;
  void advance(const Clock& clock) override { numbers_->advance(clock); }

 private:
  GuidePtr numbers_;
  std::vector<SiteSpec> sites_;
  std::shared_ptr<const JoinedBijection> bijection_;
};

/// U of all these latents together. @throws std::logic_error for one whose support has no bijection
std::shared_ptr<const JoinedBijection> join(const std::vector<SiteSpec>& sites);

}  // namespace elbow
