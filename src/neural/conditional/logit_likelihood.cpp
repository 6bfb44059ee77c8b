#include "logit_likelihood.h"

#include "elbow/probability/distributions/bernoulli.h"
#include "elbow/probability/distributions/continuous_bernoulli.h"
#include "elbow/probability/distributions/independent.h"
#include "network_parameter.h"
#include "output_bias.h"

namespace elbow {

ComponentInfo LogitLikelihood::info(Family family) {
  const Parameter network = network_parameter("from the latent to one logit for each element");
  LikelihoodTraits traits;
  if (family == Family::bernoulli) {
    traits.support = SupportKind::binary;
    traits.is_discrete = true;
    return ComponentInfo::of("bernoulli", "elements are 0 or 1, independent given the latent")
        .takes(
            {network,
             output_bias_parameter("start of the last bias: the logit of the training data's mean, "
                                   "clipped to [0.001, 0.999], or zero")})
        .with(traits);
  }
  traits.support = SupportKind::unit_interval;
  return ComponentInfo::of("continuous_bernoulli",
                           "elements in [0, 1], independent given the latent")
      .source(
          "Loaiza-Ganem, Cunningham, The continuous Bernoulli: fixing a pervasive error in "
          "variational autoencoders, 2019, arXiv:1907.06845")
      .takes({network})
      .with(traits);
}

LogitLikelihood::LogitLikelihood(Family family, const ConfigNode& node, const BuildContext& context)
    : family_(family), event_dims_(static_cast<std::int64_t>(context.event_shape.size())) {
  network_ = register_module("network", network_factory().create(node.child("network"), context));
  if (family_ == Family::bernoulli) set_output_bias(*network_, node, context, OutputLink::logit);
}

DistributionPtr LogitLikelihood::forward(const Tensor& context) {
  const Tensor logits = apply_network(*network_, context, /*event_dims=*/1);
  DistributionPtr elements;
  if (family_ == Family::bernoulli)
    elements = std::make_shared<Bernoulli>(logits);
  else
    elements = std::make_shared<ContinuousBernoulli>(logits);
  return std::make_shared<Independent>(std::move(elements), event_dims_);
}

}  // namespace elbow
