#include "elbow/inference/estimators/back_propagate.h"

#include <ATen/TensorOperators.h>
#include <torch/csrc/autograd/autograd.h>

#include "backward_profile.h"
#include "elbow/inference/estimators/serial_backward.h"

namespace elbow {

Tensor back_propagate(const Surrogate& surrogate,
                      const ParameterGroups& parameters,
                      double weight) {
  const BackwardProfile profile;
  const auto weighted = [weight](const Tensor& loss) {
    return weight == 1.0 ? loss : loss * weight;
  };
  if (!surrogate.guide_loss.defined()) {
    const Tensor loss = weighted(surrogate.loss);
    if (!try_serial_backward(loss)) torch::autograd::backward({loss}, {});
    return surrogate.loss.detach();
  }
  const auto to = [&](const Tensor& loss, const std::vector<Tensor>& leaves, bool again) {
    if (loss.requires_grad() && !leaves.empty())
      torch::autograd::backward({weighted(loss)}, {}, again, /*create_graph=*/false, leaves);
  };
  // One forward pass, and two ways back through it: each group of parameters has its own bound.
  to(surrogate.loss, parameters.model, /*again=*/true);
  to(surrogate.guide_loss, parameters.guide, /*again=*/false);
  return surrogate.loss.detach() + surrogate.guide_loss.detach();
}

}  // namespace elbow
