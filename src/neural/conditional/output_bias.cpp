#include "output_bias.h"

#include <ATen/ops/zeros.h>

namespace elbow {

Parameter output_bias_parameter(const std::string& help) {
  return Parameter::choice("output_bias", {"data_mean", "zero"}, help).defaults("data_mean");
}

std::string words_of(OutputLink link) {
  if (link == OutputLink::logit) return "the logit";
  return link == OutputLink::log ? "the logarithm" : "the value";
}

Tensor output_start(const ConfigNode& node, const BuildContext& context, OutputLink link) {
  const bool from_data = node.text("output_bias") == "data_mean" && context.data.mean.defined();
  if (!from_data) return at::zeros(context.event_shape, at::kDouble);
  const Tensor mean = context.data.mean.to(at::kDouble);
  // A pixel that is never on, or never counts, in the training data must stay possible.
  if (link == OutputLink::logit) return mean.clamp(0.001, 0.999).logit();
  if (link == OutputLink::log) return mean.masked_fill(mean.le(0), 0.001).log();
  return mean;
}

void set_output_bias(Network& network,
                     const ConfigNode& node,
                     const BuildContext& context,
                     OutputLink link) {
  network.set_output_bias(output_start(node, context, link));
}

}  // namespace elbow
