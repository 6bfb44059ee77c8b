#include "output_bias.h"

#include <ATen/ops/zeros.h>

namespace elbow {

Parameter output_bias_parameter(const std::string& help) {
  return Parameter::choice("output_bias", {"data_mean", "zero"}, help).defaults("data_mean");
}

void set_output_bias(Network& network,
                     const ConfigNode& node,
                     const BuildContext& context,
                     OutputLink link) {
  const bool from_data = node.text("output_bias") == "data_mean" && context.data.mean.defined();
  if (!from_data) {
    network.set_output_bias(at::zeros(context.event_shape));
    return;
  }
  const Tensor mean = context.data.mean.to(at::kDouble);
  // A pixel that is never on in the training data must stay possible.
  network.set_output_bias(link == OutputLink::logit ? mean.clamp(0.001, 0.999).logit() : mean);
}

}  // namespace elbow
