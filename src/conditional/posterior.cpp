#include "elbow/conditional/posterior.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include "elbow/flows/transformed_distribution.h"

namespace elbow {

Tensor Family::initial() const { return at::zeros({num_parameters()}); }

Posterior::Posterior(PosteriorParts parts, const Shape& event_shape)
    : parts_(std::move(parts)), event_dims_(static_cast<std::int64_t>(event_shape.size())) {
  if (parts_.network)
    register_module("network", parts_.network);
  else
    learned_ = register_parameter("parameters", parts_.family->initial());
  if (parts_.flows) register_module("flows", parts_.flows);
}

Tensor Posterior::encode(const Tensor& x) {
  if (!parts_.network) return learned_.unsqueeze(0).expand({x.size(0), -1});
  return apply_network(*parts_.network, x, event_dims_);
}

void Posterior::initialise(const Tensor& examples) {
  if (!parts_.flows) return;
  const at::NoGradGuard no_grad;
  const Tensor flat = encode(examples);
  const std::int64_t own = parts_.family->num_parameters(), more = parts_.flows->context_size();
  GeneratorSource source;
  const Tensor z = parts_.family->distribution(flat.narrow(-1, 0, own))->sample({}, source);
  parts_.flows->initialise(z, more > 0 ? flat.narrow(-1, own, more) : Tensor());
}

DistributionPtr Posterior::from_flat(const Tensor& flat) {
  if (!parts_.flows) return parts_.family->distribution(flat);
  const std::int64_t own = parts_.family->num_parameters();
  auto base = parts_.family->distribution(flat.narrow(-1, 0, own));
  const std::int64_t more = parts_.flows->context_size();
  const Tensor context = more > 0 ? flat.narrow(-1, own, more) : Tensor();
  return std::make_shared<TransformedDistribution>(std::move(base), parts_.flows->forward(context));
}

std::shared_ptr<Posterior> make_posterior(const ConfigNode& guide,
                                          const ConditionalShapes& shapes) {
  const ConfigNode posterior = guide.child("posterior");
  PosteriorParts parts;
  parts.family = posterior_factory().create(posterior, {shapes.latent_size});
  const bool is_amortised = !shapes.event_shape.empty();
  const auto layers = guide.children("flows");
  if (!layers.empty())
    parts.flows = std::make_shared<FlowStack>(layers, FlowShapes{shapes.latent_size, is_amortised});
  if (is_amortised) {
    const std::int64_t more = parts.flows ? parts.flows->context_size() : 0;
    parts.network = network_factory().create(
        posterior.child("network"), {shapes.event_shape, {parts.family->num_parameters() + more}});
    // Components that begin equal would stay equal.
    const Tensor start = parts.family->initial();
    if (start.any().item<bool>())
      parts.network->set_output_bias(at::cat({start, at::zeros({more})}));
  } else {
    posterior.child("network").raw();  // a target shows nothing to an encoder
  }
  return std::make_shared<Posterior>(std::move(parts), shapes.event_shape);
}

}  // namespace elbow
