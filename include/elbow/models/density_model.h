#pragma once

#include "elbow/models/generative_model.h"
#include "elbow/models/prior.h"

namespace elbow {

/// p(x) itself, without latents: a learned density on vectors, such as a flow. Its ELBO is the
/// exact log likelihood. Dinh, Sohl-Dickstein, Bengio, 2017, arXiv:1605.08803, section 3.1.
class DensityModel : public GenerativeModel {
 public:
  /// @param density event shape [D], any prior of that size @param event_shape of the data, D
  /// numbers
  DensityModel(PriorPtr density, Shape event_shape);
  /// @param x [B, event...] @return the observed site "x", log_prob [1, B]
  Trace score(const Tensor& x, const Trace& guide_trace) override;
  Trace sample(std::int64_t n, RandomSource& source) override;
  /// @throws std::logic_error: there are no latents
  DistributionPtr decode(const Tensor& z) override;
  DistributionPtr prior() override { return density_->distribution(); }
  DistributionPtr density() override { return density_->distribution(); }
  std::int64_t latent_size() const override { return 0; }
  bool has_decoder() const override { return false; }

 private:
  PriorPtr density_;
  Shape event_shape_;
};

}  // namespace elbow
