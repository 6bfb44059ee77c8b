#include "multinomial_likelihood.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <c10/core/DefaultDtype.h>

#include "elbow/probability/distributions/multinomial.h"
#include "network_parameter.h"
#include "output_bias.h"

namespace elbow {

ComponentInfo MultinomialLikelihood::info() {
  LikelihoodTraits traits;
  traits.support = SupportKind::count;
  traits.is_discrete = true;
  traits.has_independent_elements = false;
  traits.takes_library_size = true;
  return ComponentInfo::of("multinomial", "how the total of a row of counts falls on its columns")
      .source(
          "Liang et al., Variational autoencoders for collaborative filtering, 2018, "
          "arXiv:1802.05814, section 2.1")
      .takes({network_parameter("from the latent to a logit for each column"),
              output_bias_parameter("start of the last bias: " + words_of(OutputLink::log) +
                                    " of the training data's mean, or zero")})
      .with(traits);
}

MultinomialLikelihood::MultinomialLikelihood(const ConfigNode& node, const BuildContext& context) {
  event_dims_ = static_cast<std::int64_t>(context.event_shape.size());
  network_ = register_module("network", network_factory().create(node.child("network"), context));
  set_output_bias(*network_, node, context, OutputLink::log);
  const Tensor& mean = context.data.mean;
  total_ = register_buffer(
      "total",
      mean.defined() ? mean.sum().round().clamp_min(1).to(c10::get_default_dtype_as_scalartype())
                     : at::ones({}));
}

DistributionPtr MultinomialLikelihood::forward(const Tensor& context) {
  return std::make_shared<Multinomial>(
      apply_network(*network_, context, /*event_dims=*/1), total_, event_dims_);
}

DistributionPtr MultinomialLikelihood::forward_sized(const Tensor& context,
                                                     const Tensor& log_size) {
  return std::make_shared<Multinomial>(apply_network(*network_, context, /*event_dims=*/1),
                                       log_size.squeeze(-1).exp().round(),
                                       event_dims_);
}

}  // namespace elbow
