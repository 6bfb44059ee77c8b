#include "diag_normal_posterior.h"

#include "elbow/core/error.h"
#include "elbow/distributions/normal.h"
#include "network_parameter.h"

namespace elbow {

ComponentInfo DiagNormalPosterior::info() {
  ComponentInfo info;
  info.name = "diag_normal";
  info.summary = "normal with diagonal covariance, mean and log scale by one network";
  info.paper =
      "Kingma, Welling, Auto-encoding variational Bayes, 2013, arXiv:1312.6114, appendix C.2";
  info.properties = {{"latent_kind", "real"}, {"family", "diag_normal"}, {"has_rsample", true}};
  info.parameters = {
      network_parameter("from an observation to mean and log scale of each latent"),
      Parameter::number("min_log_scale", "lower limit of the log standard deviation")
          .defaults(-10.0),
      Parameter::number("max_log_scale", "upper limit of the log standard deviation")
          .defaults(10.0),
  };
  return info;
}

DiagNormalPosterior::DiagNormalPosterior(const ConfigNode& node, const ConditionalShapes& shapes)
    : event_dims_(static_cast<std::int64_t>(shapes.event_shape.size())),
      min_log_scale_(node.number("min_log_scale")),
      max_log_scale_(node.number("max_log_scale")) {
  if (min_log_scale_ >= max_log_scale_)
    node.refuse("must be below max_log_scale (" + node.raw().at("max_log_scale").dump() +
                    "), got " + node.raw().at("min_log_scale").dump(),
                "",
                "min_log_scale");
  network_ =
      register_module("network",
                      network_factory().create(node.child("network"),
                                               {shapes.event_shape, {2 * shapes.latent_size}}));
}

DistributionPtr DiagNormalPosterior::forward(const Tensor& context) {
  const auto halves = apply_network(*network_, context, event_dims_).chunk(2, /*dim=*/-1);
  return std::make_shared<DiagNormal>(halves[0], halves[1].clamp(min_log_scale_, max_log_scale_));
}

}  // namespace elbow
