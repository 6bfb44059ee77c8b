#include "logit_likelihood.h"

#include "elbow/distributions/bernoulli.h"
#include "elbow/distributions/continuous_bernoulli.h"
#include "elbow/distributions/independent.h"
#include "network_parameter.h"
#include "output_bias.h"

namespace elbow {

ComponentInfo LogitLikelihood::info(Family family) {
  ComponentInfo info;
  info.parameters = {network_parameter("from the latent to one logit for each element")};
  if (family == Family::bernoulli) {
    info.name = "bernoulli";
    info.summary = "elements are 0 or 1, independent given the latent";
    info.properties = {{"support", "binary"}, {"is_discrete", true}};
    info.parameters.push_back(
        output_bias_parameter("start of the last bias: the logit of the training data's mean, "
                              "clipped to [0.001, 0.999], or zero"));
    return info;
  }
  info.name = "continuous_bernoulli";
  info.summary = "elements in [0, 1], independent given the latent";
  info.paper =
      "Loaiza-Ganem, Cunningham, The continuous Bernoulli: fixing a pervasive error in variational "
      "autoencoders, 2019, arXiv:1907.06845";
  info.properties = {{"support", "unit_interval"}, {"is_discrete", false}};
  return info;
}

LogitLikelihood::LogitLikelihood(Family family,
                                 const ConfigNode& node,
                                 const ConditionalShapes& shapes)
    : family_(family), event_dims_(static_cast<std::int64_t>(shapes.event_shape.size())) {
  const NetworkShapes connection{{shapes.latent_size}, shapes.event_shape};
  network_ =
      register_module("network", network_factory().create(node.child("network"), connection));
  if (family_ == Family::bernoulli) set_output_bias(*network_, node, shapes, OutputLink::logit);
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
