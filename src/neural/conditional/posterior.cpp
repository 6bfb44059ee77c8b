#include "elbow/neural/conditional/posterior.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include "elbow/foundations/core/profile_span.h"
#include "elbow/neural/flows/transformed_distribution.h"

namespace elbow {
namespace {

/// How many examples data-dependent initialisations see.
constexpr std::int64_t kInitialExamples = 256;

}  // namespace

Tensor Family::initial() const { return at::zeros({num_parameters()}); }

Tensor Family::centred_at(const Tensor&, double) const { return {}; }

Posterior::Posterior(PosteriorParts parts, const Shape& context_shape)
    : parts_(std::move(parts)), context_dims_(static_cast<std::int64_t>(context_shape.size())) {
  if (parts_.network)
    register_module("network", parts_.network);
  else
    learned_ = register_parameter("parameters", parts_.family->initial());
  if (parts_.flows) register_module("flows", parts_.flows);
}

Tensor Posterior::encode(const Tensor& x) {
  if (!parts_.network) return learned_.unsqueeze(0).expand({x.size(0), -1});
  return apply_network(*parts_.network, x, context_dims_);
}

DistributionPtr Posterior::forward(const Tensor& x) {
  if (parts_.network) return from_flat(encode(x));
  const ProfileSpan span(SpanKind::part, parts_.flows ? "flows" : "family");
  DistributionPtr base = parts_.family->repeated(learned_, x.size(0));
  if (!parts_.flows) return base;
  return std::make_shared<TransformedDistribution>(std::move(base),
                                                   parts_.flows->forward(Tensor()));
}

DistributionPtr Posterior::base(const Tensor& flat) const {
  return parts_.family->distribution(flat.narrow(-1, 0, parts_.family->num_parameters()));
}

Tensor Posterior::flow_context(const Tensor& flat) const {
  const std::int64_t size = parts_.flows ? parts_.flows->context_size() : 0;
  return size > 0 ? flat.narrow(-1, parts_.family->num_parameters(), size) : Tensor();
}

void Posterior::initialise(const std::function<Tensor(std::int64_t count)>& examples) {
  if (!parts_.flows || !examples) return;
  const at::NoGradGuard no_grad;
  const Tensor flat = encode(examples(kInitialExamples));
  GeneratorSource source;
  parts_.flows->initialise(base(flat)->sample({}, source), flow_context(flat));
}

DistributionPtr Posterior::from_flat(const Tensor& flat) {
  const ProfileSpan span(SpanKind::part, parts_.flows ? "flows" : "family");
  if (!parts_.flows) return parts_.family->distribution(flat);
  return std::make_shared<TransformedDistribution>(base(flat),
                                                   parts_.flows->forward(flow_context(flat)));
}

namespace {

std::shared_ptr<Posterior> posterior_with(PosteriorParts parts,
                                          const ConfigNode& posterior,
                                          const BuildContext& context) {
  if (context.is_conditional()) {
    const std::int64_t more = parts.flows ? parts.flows->context_size() : 0;
    const Shape numbers{parts.family->num_parameters() + more};
    parts.network = network_factory().create(
        posterior.child("network"), BuildContext{numbers, context.context_shape, context.data});
    // Components that begin equal would stay equal.
    const Tensor start = parts.family->initial();
    if (start.any().item<bool>())
      parts.network->set_output_bias(at::cat({start, at::zeros({more})}));
  } else {
    posterior.child("network").raw();  // a target shows nothing to an encoder
  }
  return std::make_shared<Posterior>(std::move(parts), context.context_shape);
}

}  // namespace

std::shared_ptr<Posterior> make_encoded(FamilyPtr family,
                                        const ConfigNode& posterior,
                                        const BuildContext& context) {
  return posterior_with({std::move(family), nullptr, nullptr}, posterior, context);
}

std::shared_ptr<Posterior> make_posterior(const ConfigNode& guide, const BuildContext& context) {
  const ConfigNode posterior = guide.child("posterior");
  PosteriorParts parts;
  parts.family = posterior_factory().create(posterior, context);
  const auto layers = guide.children("flows");
  if (!layers.empty()) parts.flows = std::make_shared<FlowStack>(layers, context);
  return posterior_with(std::move(parts), posterior, context);
}

}  // namespace elbow
