#pragma once

#include "elbow/inference/guides/guide.h"

namespace elbow {

/// A guide of one latent in coordinates in which its posterior is about N(0, I): z = shift + S e,
/// where e is drawn from the inner guide. S is diagonal, or a lower triangular matrix where the
/// inner guide is a normal of full rank; so the family of distributions of z is that of e.
/// Normals of z come out as normals, with moments.
class StandardisedGuide : public Guide {
 public:
  /// @param inner of a latent of event shape [D]
  StandardisedGuide(GuidePtr inner, SiteSpec site, bool has_full_rank);
  ConditionedGuidePtr condition(const Batch& batch) override;

  /// q(e) of the inner guide, as it is.
  DistributionPtr standard(const Batch& batch) const;
  /// z of e. @param e [..., D]
  Tensor unstandardised(const Tensor& e) const;
  /// ln |dz / de|, 0-dim.
  Tensor log_det() const;
  /// @param shift [D] @param scale [D], or [D, D] lower triangular with full rank
  void set(const Tensor& shift, const Tensor& scale);
  const Tensor& shift() const { return shift_; }
  const Tensor& scale() const { return scale_; }
  bool has_full_rank() const { return scale_.dim() == 2; }
  Guide& inner() { return *inner_; }

 private:
  DistributionPtr unstandardised(const DistributionPtr& q) const;

  GuidePtr inner_;
  SiteSpec site_;
  Tensor shift_, scale_;
};

}  // namespace elbow
