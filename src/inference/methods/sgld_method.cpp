#include "chain_method.h"
#include "elbow/inference/methods/sgld.h"
#include "inference_methods.h"

namespace elbow {
namespace {

class SgldMethod : public ChainMethod {
 public:
  std::shared_ptr<Inference> build(const ConfigNode& config,
                                   Modules& modules,
                                   const Dataset& dataset) const override {
    touch_unused_sections(config);
    const ConfigNode node = config.child("inference");
    Sgld::Options options;
    options.seed = static_cast<std::uint64_t>(config.integer("seed"));
    options.num_examples = modules.model->target() != nullptr ? 1 : dataset.size("train");
    options.num_warmup = node.integer("num_warmup");
    options.thin = node.integer("thin");
    options.step_size = schedule_factory().create(node.child("step_size"));
    options.start_scale = node.number("start_scale");
    options.is_preconditioned = node.boolean("preconditioned");
    if (!modules.start.empty()) options.starts = modules.start.front();
    return std::make_shared<Sgld>(
        modules.model, std::static_pointer_cast<DrawsGuide>(modules.guide), options);
  }
};

}  // namespace

ComponentInfo sgld_info() {
  InferenceTraits traits;
  traits.takes_guide = traits.takes_optimizer = false;
  traits.needs_shared_latents = traits.counts_iterations = traits.takes_minibatches = true;
  return ComponentInfo::of("sgld",
                           "Stochastic gradient Langevin dynamics: chains that follow gradients of "
                           "minibatches and noise; biased by the step")
      .source(
          "Welling, Teh, Bayesian learning via stochastic gradient Langevin dynamics, ICML "
          "2011; Li et al., 2016, arXiv:1512.07666 (preconditioned)")
      .takes(
          {Parameter::integer("num_chains", "chains side by side")
               .defaults(4)
               .at_least(1)
               .at_most(10000),
           Parameter::integer("num_warmup", "steps before the first draw")
               .defaults(1000)
               .at_least(0),
           Parameter::integer("num_draws", "draws of each chain").defaults(1000).at_least(1),
           Parameter::integer("thin", "steps from draw to draw").defaults(10).at_least(1),
           Parameter::schedule(
               "step_size",
               "epsilon: half of it times the gradient, and noise of this variance; "
               "robbins_monro lets the bias die out")
               .defaults(1e-5)
               .above(0),
           Parameter::boolean("preconditioned",
                              "coordinates have steps by the root of their mean squared gradient "
                              "in the warm-up")
               .defaults(false),
           Parameter::number("start_scale", "standard deviation of the normal starts")
               .defaults(0.1)
               .at_least(0)})
      .with(traits);
}

InferenceMethodPtr sgld_method() { return std::make_shared<SgldMethod>(); }

}  // namespace elbow
