#include "normal_likelihood.h"

#include <ATen/ops/full.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/normal.h"
#include "network_parameter.h"
#include "output_bias.h"

namespace elbow {

ComponentInfo NormalLikelihood::info() {
  return ComponentInfo::of("normal",
                           "real elements with normal noise, independent given the latent")
      .takes({
          network_parameter("from the latent to the mean of each element"),
          Parameter::choice(
              "scale",
              {"fixed", "shared", "per_pixel"},
              "standard deviation of the noise: scale_value, one learned number, or one "
              "learned number for each element")
              .defaults("fixed"),
          Parameter::number("scale_value", "standard deviation; where it is learned, its start")
              .defaults(1.0)
              .above(0),
          Parameter::number(
              "min_log_scale",
              "lower limit of a learned log standard deviation: without one a perfect fit "
              "has no finite optimum")
              .defaults(-10.0)
              .at_most(0),
          output_bias_parameter("start of the last bias: the training data's mean, or zero"),
      })
      .with(LikelihoodTraits{});
}

NormalLikelihood::NormalLikelihood(const ConfigNode& node, const BuildContext& context)
    : event_dims_(static_cast<std::int64_t>(context.event_shape.size())),
      is_learned_(node.text("scale") != "fixed"),
      min_log_scale_(node.number("min_log_scale")) {
  network_ = register_module("network", network_factory().create(node.child("network"), context));
  set_output_bias(*network_, node, context, OutputLink::identity);
  const bool per_pixel = node.text("scale") == "per_pixel";
  const double start = std::log(node.number("scale_value"));
  const Tensor log_scale = at::full(per_pixel ? context.event_shape : Shape{}, start);
  log_scale_ = is_learned_ ? register_parameter("log_scale", log_scale)
                           : register_buffer("log_scale", log_scale);
}

DistributionPtr NormalLikelihood::forward(const Tensor& context) {
  const Tensor loc = apply_network(*network_, context, /*event_dims=*/1);
  const Tensor log_scale = is_learned_ ? log_scale_.clamp_min(min_log_scale_) : log_scale_;
  return std::make_shared<Independent>(std::make_shared<Normal>(loc, log_scale), event_dims_);
}

}  // namespace elbow
