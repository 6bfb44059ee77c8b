#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/factory.h"
#include "elbow/neural/nn/module.h"

namespace elbow {

using at::Tensor;

/// A learnable function on single events, batched: [N, input...] -> [N, output...]. Its last layer
/// is linear (or a convolution), so the output is unconstrained. Pure ATen, traceable at any batch
/// size.
class Network : public Module {
 public:
  virtual Tensor forward(const Tensor& input) = 0;
  /// Sets the bias of the last layer so that a zero hidden state gives `value` ([output...]); e.g.
  /// the logit of the data mean.
  virtual void set_output_bias(const Tensor& value) = 0;
};
using NetworkPtr = std::shared_ptr<Network>;

/// mlp, gated_mlp, conv: from one input, [D] or [C, H, W], which is the context's `context_shape`,
/// to one output, its `event_shape`. Weights are drawn from the default CPU generator: seed it
/// before.
Factory<NetworkPtr, const BuildContext&>& network_factory();

/// forward on [..., input...]: flattens the leading dimensions and restores them.
Tensor apply_network(Network& network, const Tensor& input, std::int64_t event_dims);

}  // namespace elbow
