#include "elbow/models/generative/flow_prior.h"

#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include "elbow/neural/flows/transformed_distribution.h"
#include "elbow/probability/distributions/normal.h"

namespace elbow {
namespace {

/// Draws of the base that layers with a data-dependent initialisation see.
constexpr std::int64_t kInitialDraws = 256;

}  // namespace

ComponentInfo FlowPrior::info() {
  return ComponentInfo::of("flow", "Standard normal carried by learned invertible flows")
      .source(
          "Chen et al., Variational lossy autoencoder, 2017, arXiv:1611.02731, section 3.2; Dinh "
          "et "
          "al., 2017, arXiv:1605.08803")
      .takes(
          {Parameter::components("flows", "flow", "layers from e to z; each must have an inverse")})
      .with(PriorTraits{});
}

FlowPrior::FlowPrior(const ConfigNode& node, const BuildContext& context)
    : flows_(
          register_module("flows", std::make_shared<FlowStack>(node.children("flows"), context))),
      zeros_(register_buffer("zeros", at::zeros({context.event_size()}))) {
  if (!flows_->has_inverse())
    node.refuse("a prior is scored by the inverse of its flows, and one of them has none",
                "use flows with an inverse, e.g. affine_coupling or maf: elbow list flow",
                "flows");
  // A checkpoint has its own numbers.
  if (context.values)
    flows_->initialise_from_outputs(context.values(kInitialDraws).to(zeros_.scalar_type()));
  else if (context.data.examples)
    flows_->initialise(at::randn({kInitialDraws, context.event_size()}), Tensor());
}

DistributionPtr FlowPrior::distribution() {
  return std::make_shared<TransformedDistribution>(DiagNormal::standard(zeros_),
                                                   flows_->forward(Tensor()));
}

}  // namespace elbow
