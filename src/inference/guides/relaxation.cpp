#include "elbow/inference/guides/relaxation.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>

#include <cmath>

namespace elbow {

Relaxation::Relaxation(const ConfigNode& node)
    : temperature_(schedule_factory().create(node.child("temperature"))) {
  if (node.has("prior_temperature"))
    prior_temperature_ = schedule_factory().create(node.child("prior_temperature"));
  Relaxation::advance({});
  if (node.boolean("learned"))
    log_temperature_ =
        register_parameter("log_temperature", at::full({}, std::log(value_.value())));
}

void Relaxation::advance(const Clock& clock) {
  value_.set(temperature_->value(clock));
  if (prior_temperature_) prior_value_.set(prior_temperature_->value(clock));
}

Relaxation::Temperatures Relaxation::temperatures(at::Device device) const {
  // A tensor without dimensions takes the type of what it meets.
  Temperatures out;
  out.of_guide = log_temperature_.defined() ? log_temperature_.exp() : value_.on(device);
  out.of_model = prior_temperature_ ? prior_value_.on(device) : out.of_guide;
  return out;
}

}  // namespace elbow
