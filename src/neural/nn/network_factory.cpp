#include <ATen/TracerMode.h>
#include <c10/util/Exception.h>

#include "conv.h"
#include "elbow/foundations/core/profile_span.h"
#include "elbow/neural/nn/network.h"
#include "mlp.h"

namespace elbow {
Factory<NetworkPtr, const BuildContext&>& network_factory() {
  using NetworkFactory = Factory<NetworkPtr, const BuildContext&>;
  static NetworkFactory factory("network",
                                {NetworkFactory::row<Mlp>(Mlp::Kind::plain),
                                 NetworkFactory::row<Mlp>(Mlp::Kind::gated),
                                 {conv_info(), make_conv}});
  return factory;
}

Tensor apply_network(Network& network, const Tensor& input, std::int64_t event_dims) {
  const ProfileSpan span(SpanKind::part, "network");
  const std::int64_t leading = input.dim() - event_dims;
  TORCH_CHECK(leading >= 0,
              "network: expected at least ",
              event_dims,
              " dimensions of an event, got shape ",
              input.sizes());
  // The usual case, and the one that is mostly traced: nothing here may depend on the batch size.
  if (leading == 1) return network.forward(input);
  if (leading == 0) return network.forward(input.unsqueeze(0)).squeeze(0);
  const Tensor out = network.forward(input.flatten(0, leading - 1));
  if (!at::tracer::impl::is_dispatch_enabled())
    return out.unflatten(0, input.sizes().slice(0, static_cast<std::size_t>(leading)));
  // Particles and examples are read off the input by operations, so that a trace freezes neither
  // number.
  Tensor shape = input;
  for (std::int64_t i = 0; i < event_dims; ++i) shape = shape.select(-1, 0);
  Shape event(static_cast<std::size_t>(leading), -1);
  for (std::int64_t i = 1; i < out.dim(); ++i) {
    shape = shape.unsqueeze(-1);
    event.push_back(out.size(i));
  }
  return out.reshape_as(shape.expand(event));
}

}  // namespace elbow
