#include "elbow/models/generative/uniform_sphere_prior.h"

#include <ATen/ops/zeros.h>

#include "elbow/probability/distributions/uniform_sphere.h"

namespace elbow {

ComponentInfo UniformSpherePrior::info() {
  PriorTraits traits;
  traits.support = SupportKind::sphere;
  traits.is_fixed = true;
  return ComponentInfo::of("uniform_sphere", "Uniform on the unit sphere")
      .source(
          "Davidson et al., Hyperspherical variational auto-encoders, 2018, arXiv:1804.00891, "
          "section "
          "3.1")
      .with(traits);
}

UniformSpherePrior::UniformSpherePrior(const ConfigNode& node, const BuildContext& context) {
  if (context.event_size() < 2)
    node.refuse("a sphere needs at least 2 latent units, got 1", "set model.latent_size=2 or more");
  zeros_ = register_buffer("zeros", at::zeros({context.event_size()}));
}

DistributionPtr UniformSpherePrior::distribution() {
  return std::make_shared<UniformSphere>(zeros_);
}

}  // namespace elbow
