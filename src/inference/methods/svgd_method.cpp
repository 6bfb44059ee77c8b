#include <ATen/ops/randn.h>

#include <algorithm>

#include "elbow/foundations/core/philox.h"
#include "elbow/inference/methods/flat_state.h"
#include "elbow/inference/methods/gradient_vi.h"
#include "elbow/inference/methods/svgd.h"
#include "elbow/models/generative/model_factory.h"
#include "elbow/models/generative/supervised_model.h"
#include "inference_methods.h"

namespace elbow {
namespace {

/// Normal draws, [N, G, U]: of a Bayesian neural net, whose weights have the units of their prior,
/// draws of that prior.
Tensor starting_points(GenerativeModel& model, std::int64_t count, double scale) {
  const UnconstrainedJoint joint(model);
  return at::randn({count, joint.num_groups(), joint.size()}) * scale;
}

class SvgdMethod : public InferenceMethod {
 public:
  Modules build_modules(const ConfigNode& config,
                        const DataContext& data,
                        at::Device device) const override {
    const ConfigNode node = config.child("inference");
    Modules out;
    out.model = model_factory().create(config.child("model"), data);
    out.model->to(device, dtype_of(config));
    out.guide = std::make_shared<ParticleGuide>(
        UnconstrainedJoint(*out.model),
        starting_points(*out.model, node.integer("num_particles"), node.number("start_scale"))
            .to(dtype_of(config)));
    return out;
  }

  std::shared_ptr<Inference> build(const ConfigNode& config,
                                   Modules& modules,
                                   const Dataset& dataset) const override {
    // Particles are the guide, and their kernel the objective: the rules have refused whatever was
    // set there.
    for (const char* key : {"guide", "objective", "estimator"}) config.child(key).raw();
    const ConfigNode node = config.child("inference"), optimizer = config.child("optimizer");
    Svgd::Options options;
    options.seed = static_cast<std::uint64_t>(config.integer("seed"));
    options.num_examples = modules.model->target() != nullptr ? 1 : dataset.size("train");
    options.learning_rate = schedule_factory().create(optimizer.child("learning_rate"));
    options.temperature = schedule_factory().create(node.child("temperature"));
    if (optimizer.has("clip_norm")) options.clip_norm = optimizer.number("clip_norm");
    options.tolerance = node.number("tolerance");
    const auto& words = curvatures();
    options.curvature = static_cast<Curvature>(
        std::find(words.begin(), words.end(), node.text("curvature")) - words.begin());
    options.keeps_first_metric =
        node.text("curvature_from") == "start" && options.curvature != Curvature::none;
    options.damping = node.number("damping");
    options.holds_lost = node.text("non_finite_particles") == "hold";
    options.is_whole = modules.model->target() != nullptr ||
                       config.child("trainer").integer("batch_size") >= dataset.size("train");
    return std::make_shared<Svgd>(
        modules.model,
        std::static_pointer_cast<ParticleGuide>(modules.guide),
        stein_kernel_factory().create(node.child("kernel")),
        [&](const Tensor& values) { return optimizer_factory().create(optimizer, values); },
        options);
  }

  void load(Modules& modules,
            const NamedTensors& stored,
            bool use_average,
            const std::string& source) const override {
    load_weights(*modules.model, *modules.guide, stored, use_average, source);
    modules.model->eval();
    modules.guide->eval();
  }

  std::string begin_from(Modules& modules,
                         const NamedTensors& stored,
                         const std::string& /*weights*/,
                         const std::string& source) const override {
    load_weights(*modules.model, *modules.guide, stored, /*use_average=*/false, source);
    return "the particles";
  }

  bool needs_cpu() const override { return true; }
};

}  // namespace

ComponentInfo svgd_info() {
  InferenceTraits traits;
  traits.takes_guide = false;
  traits.needs_shared_latents = true;
  return ComponentInfo::of("svgd",
                           "Stein variational gradient descent: particles that follow the gradient "
                           "of the density and repel each other")
      .source("Liu, Wang, Stein variational gradient descent, 2016, arXiv:1608.04471, algorithm 1")
      .takes(
          {Parameter::integer("num_particles", "N; one particle finds the mode")
               .defaults(100)
               .at_least(1)
               .at_most(1000000),
           Parameter::component("kernel", "stein_kernel", "what makes particles repel each other")
               .defaults({{"type", "rbf"}}),
           Parameter::number("start_scale",
                             "standard deviation of the normal draws that particles begin at, in "
                             "unconstrained space")
               .defaults(1.0)
               .at_least(0),
           Parameter::schedule("temperature",
                               "divides the gradients of the density: above 1 particles spread "
                               "over separated modes; 1 at the end, or they approximate another "
                               "density")
               .defaults(1.0)
               .above(0),
           Parameter::choice("curvature",
                             curvatures(),
                             "the metric that particles see each other in: none; the mean of "
                             "score score', or of minus the second derivatives, over the particles")
               .defaults("none"),
           Parameter::choice("curvature_from",
                             {"each_step", "start"},
                             "whether that metric follows the particles or stays as it began")
               .defaults("each_step"),
           Parameter::number("damping", "smallest eigenvalue of that metric, of its largest")
               .defaults(1e-3)
               .above(0)
               .at_most(1),
           Parameter::choice("non_finite_particles",
                             {"policy", "hold"},
                             "where a particle's gradient is not finite: trainer.nan_policy "
                             "decides, or it stays where it is and the others go on")
               .defaults("policy"),
           Parameter::number("tolerance",
                             "largest |phi| of all particles at which they are at rest, and "
                             "training ends; 0: never")
               .defaults(0.0)
               .at_least(0)})
      .with(traits);
}

InferenceMethodPtr svgd_method() { return std::make_shared<SvgdMethod>(); }

}  // namespace elbow
