#pragma once

#include <cstdint>

#include "elbow/models/generative/prior.h"
#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// What a model can do whose examples are decoded from one vector z that has a prior: the questions
/// of pictures, traversals and export. Other models of latents need not answer them.
class Decoder {
 public:
  virtual ~Decoder() = default;
  /// p(x | z), from z [..., L].
  virtual DistributionPtr decode(const Tensor& z) = 0;
  /// p(z): batch shape [], event shape [L].
  virtual DistributionPtr prior() = 0;
  /// L.
  virtual std::int64_t latent_size() const = 0;
  /// The module whose distribution the prior is.
  virtual const Prior& prior_module() const = 0;
};

}  // namespace elbow
