#include "elbow/models/generative/vamp_prior.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include "elbow/data/dataset/batch.h"
#include "elbow/foundations/core/shape.h"
#include "elbow/probability/distributions/mixture.h"

namespace elbow {
ComponentInfo VampPrior::info() {
  PriorTraits traits;
  traits.needs_posterior = true;
  return ComponentInfo::of("vamp", "Mixture of the guide's posteriors at learned pseudo-inputs")
      .source("Tomczak, Welling, VAE with a VampPrior, 2018, arXiv:1705.07120, section 3")
      .takes({Parameter::integer("num_pseudo_inputs", "components of the mixture")
                  .defaults(500)
                  .at_least(1)
                  .at_most(100000),
              Parameter::choice("initialization",
                                {"data", "mean"},
                                "data: training examples; mean: their mean and a little noise")
                  .defaults("data")})
      .with(traits);
}

VampPrior::VampPrior(const ConfigNode& node, const BuildContext& context)
    : posterior_(context.posterior), has_gaps_(context.data.has_gaps) {
  if (!posterior_)
    node.refuse("it is a mixture of a guide's posteriors, and there is no guide here",
                "use another density, e.g. flow or mixture_normal: elbow list prior");
  const std::int64_t count = node.integer("num_pseudo_inputs");
  const bool from_data = node.text("initialization") == "data";
  const auto shape = with_batch(count, context.data.event_shape);
  Tensor start = at::zeros(shape), low = at::zeros({}), high = at::zeros({});
  if (context.data.examples) {
    const Tensor examples = context.data.examples(count).to(start.scalar_type());
    low = examples.min();
    high = examples.max();
    // A few examples need not reach as far as the data do.
    if (context.data.range) {
      const auto [smallest, largest] = context.data.range();
      low = at::full({}, smallest, start.options());
      high = at::full({}, largest, start.options());
    }
    const Tensor mean =
        context.data.mean.defined() ? context.data.mean.to(start.scalar_type()) : examples.mean(0);
    start = from_data ? examples.clone() : mean + 0.01 * (high - low) * at::randn(shape);
  }
  pseudo_inputs_ = register_parameter("pseudo_inputs", start);
  low_ = register_buffer("low", low.clone());
  high_ = register_buffer("high", high.clone());
}

DistributionPtr VampPrior::distribution() {
  const Tensor inputs = pseudo_inputs_.clamp(low_, high_);
  const Tensor equal = at::zeros({inputs.size(0)}, inputs.options());
  return std::make_shared<Mixture>(
      equal, posterior_->forward(has_gaps_ ? encoder_input_without_gaps(inputs) : inputs));
}

}  // namespace elbow
