#include "elbow/inference/guides/relaxation.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/scalar_tensor.h>

#include <cmath>

namespace elbow {

Relaxation::Relaxation(const ConfigNode& node)
    : temperature_(schedule_factory().create(node.child("temperature"))) {
  if (node.has("prior_temperature"))
    prior_temperature_ = schedule_factory().create(node.child("prior_temperature"));
  Relaxation::advance({});
  if (node.boolean("learned"))
    log_temperature_ = register_parameter("log_temperature", at::full({}, std::log(value_)));
}

void Relaxation::advance(const Clock& clock) {
  value_ = temperature_->value(clock);
  if (prior_temperature_) prior_value_ = prior_temperature_->value(clock);
}

Relaxation::Temperatures Relaxation::temperatures() const {
  // A 0-dim tensor of the CPU takes type and device of what it meets.
  const auto fixed = [](double value) { return at::scalar_tensor(value, at::kDouble); };
  Temperatures out;
  out.of_guide = log_temperature_.defined() ? log_temperature_.exp() : fixed(value_);
  out.of_model = prior_temperature_ ? fixed(prior_value_) : out.of_guide;
  return out;
}

}  // namespace elbow
