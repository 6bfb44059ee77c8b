#pragma once

#include "elbow/models/generative_model.h"
#include "elbow/targets/target.h"

namespace elbow {

/// A named density with no data: the "posterior" that a guide is fitted to. Its ELBO is
/// ln Z - KL(q || p), where Z is the target's normaliser. Rezende, Mohamed, 2015, arXiv:1505.05770,
/// section 6.1.
class TargetModel : public GenerativeModel {
 public:
  explicit TargetModel(TargetPtr target);
  /// @param x shows nothing but how many draws there are: [B] @return the site "z"
  Trace score(const Tensor& x, const Trace& guide_trace) override;
  /// Exact draws. @throws UsageError when the target has none
  Trace sample(std::int64_t n, RandomSource& source) override;
  /// @throws std::logic_error: nothing is decoded
  DistributionPtr decode(const Tensor& z) override;
  DistributionPtr prior() override { return density_; }
  std::int64_t latent_size() const override { return target_->size(); }
  const Target* target() const override { return target_.get(); }
  bool has_decoder() const override { return false; }

 private:
  TargetPtr target_;
  DistributionPtr density_;
};

}  // namespace elbow
