#include "elbow/inference/methods/laplace.h"
#include "inference_methods.h"

namespace elbow {
namespace {

/// The guide and its files are those of gradients: a fit can go on by them.
class LaplaceMethod : public InferenceMethod {
 public:
  Modules build_modules(const ConfigNode& config,
                        const DataContext& data,
                        at::Device device) const override {
    return gradient_method()->build_modules(config, data, device);
  }

  std::shared_ptr<Inference> build(const ConfigNode& config,
                                   Modules& modules,
                                   const Dataset&) const override {
    // The rules have refused whatever was set there.
    for (const char* key : {"objective", "estimator", "optimizer"}) config.child(key).raw();
    const ConfigNode node = config.child("inference");
    ModeSearch::Options options;
    options.seed = static_cast<std::uint64_t>(config.integer("seed"));
    options.num_starts = node.integer("num_starts");
    options.start_scale = node.number("start_scale");
    options.tolerance = node.number("tolerance");
    const auto parameters = modules.guide->named_parameters();
    const std::string posterior = config.child("guide").child("posterior").type();
    if (modules.model->target() == nullptr || parameters.size() != 1 ||
        (posterior != "full_rank_normal" && posterior != "diag_normal"))
      config.refuse("laplace fits a normal to a target or a program, got the model '" +
                        config.child("model").type() + "' and the posterior '" + posterior + "'",
                    "set guide={posterior: {type: full_rank_normal}} without flows, and "
                    "model={type: target | program}",
                    "inference.type");
    return std::make_shared<LaplaceApproximation>(
        modules.model, modules.guide, parameters.front().value(), options);
  }

  void load(Modules& modules,
            const NamedTensors& stored,
            bool use_average,
            const std::string& source) const override {
    gradient_method()->load(modules, stored, use_average, source);
  }
  std::string begin_from(Modules& modules,
                         const NamedTensors& stored,
                         const std::string& weights,
                         const std::string& source) const override {
    return gradient_method()->begin_from(modules, stored, weights, source);
  }
  bool needs_cpu() const override { return true; }
};

}  // namespace

ComponentInfo laplace_info() {
  InferenceTraits traits;
  traits.takes_objective = traits.takes_optimizer = traits.takes_minibatches = false;
  traits.counts_iterations = true;
  return ComponentInfo::of(
             "laplace",
             "Laplace's approximation: a normal at the highest mode that is found, by "
             "the Hessian there")
      .source("MacKay, Information Theory, Inference, and Learning Algorithms, 2003, chapter 27")
      .takes(
          {Parameter::integer("num_starts", "starts, of which the highest mode counts")
               .defaults(4)
               .at_least(1)
               .at_most(1000),
           Parameter::integer("max_steps", "steps of Newton's method, those of all starts together")
               .defaults(1000)
               .at_least(1),
           Parameter::number("start_scale", "starts are uniform in (-start_scale, start_scale)")
               .defaults(2.0)
               .at_least(0),
           Parameter::number("tolerance", "Newton decrement, in nats, at which a mode is reached")
               .defaults(1e-9)
               .above(0)})
      .with(traits);
}

InferenceMethodPtr laplace_method() { return std::make_shared<LaplaceMethod>(); }

}  // namespace elbow
