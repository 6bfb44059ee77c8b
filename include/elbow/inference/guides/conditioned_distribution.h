#pragma once

#include "elbow/inference/guides/guide.h"
#include "elbow/inference/guides/relaxed_latent.h"

namespace elbow {

/// What a guide of one latent says of a batch: a distribution.
class ConditionedDistribution : public ConditionedGuide {
 public:
  /// @param q batch shape [B], or [] or [G] of a latent that all examples share @param num_examples
  /// B, which a shared latent is counted over
  ConditionedDistribution(SiteSpec site,
                          DistributionPtr q,
                          std::int64_t num_examples,
                          RelaxedLatent relaxation = {})
      : site_(std::move(site)),
        q_(std::move(q)),
        num_examples_(num_examples),
        relaxation_(std::move(relaxation)) {}
  Trace draw(std::int64_t num_particles,
             RandomSource& source,
             DrawGradient gradient) const override;
  Trace draw_relaxed(std::int64_t num_particles, RandomSource& source) const override;
  Trace relaxed(const Trace& model, const Trace& latents) const override;
  Trace score(const Trace& values) const override;
  ConditionedGuidePtr detach() const override;
  DistributionPtr distribution(const std::string& site, const Trace& given) const override;

 private:
  Site site_with(Tensor value) const;
  Trace draw_by_strata(std::int64_t num_particles, RandomSource& source) const;

  SiteSpec site_;
  DistributionPtr q_;
  std::int64_t num_examples_;
  RelaxedLatent relaxation_;  ///< false: none
};

}  // namespace elbow
