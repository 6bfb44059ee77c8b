#include "elbow/foundations/core/error.h"
#include "elbow/inference/methods/advi.h"
#include "inference_methods.h"

namespace elbow {
namespace {

class AdviMethod : public InferenceMethod {
 public:
  Modules build_modules(const ConfigNode& config,
                        const DataContext& data,
                        at::Device device) const override {
    Modules out = gradient_method()->build_modules(config, data, device);
    const std::string posterior = config.child("guide").child("posterior").type();
    if (out.model->target() == nullptr)
      config.refuse("advi fits guides of targets and programs, got the model '" +
                        config.child("model").type() + "'",
                    "set inference.type=gradient, or model={type: program | target}",
                    "inference.type");
    if (dtype_of(config) != at::kDouble)
      config.refuse("advi computes in float64, got '" + config.text("dtype") + "'",
                    "set dtype=float64",
                    "dtype");
    const bool has_full_rank =
        posterior == "full_rank_normal" && config.child("guide").children("flows").empty();
    out.guide =
        std::make_shared<StandardisedGuide>(out.guide, out.model->sites().front(), has_full_rank);
    return out;
  }

  std::shared_ptr<Inference> build(const ConfigNode& config,
                                   Modules& modules,
                                   const Dataset&) const override {
    // The rules have refused whatever was set there.
    for (const char* key : {"objective", "estimator", "optimizer"}) config.child(key).raw();
    const ConfigNode node = config.child("inference");
    Advi::Options options;
    options.seed = static_cast<std::uint64_t>(config.integer("seed"));
    options.search.seed = options.seed;
    options.search.num_starts = node.integer("num_starts");
    options.search.start_scale = node.number("start_scale");
    options.draws_per_step = 2 * ((node.integer("draws_per_step") + 1) / 2);
    options.tolerance = node.number("tolerance");
    options.max_steps = node.integer("max_steps");
    return std::make_shared<Advi>(
        modules.model, std::static_pointer_cast<StandardisedGuide>(modules.guide), options);
  }

  void load(Modules& modules,
            const NamedTensors& stored,
            bool use_average,
            const std::string& source) const override {
    gradient_method()->load(modules, stored, use_average, source);
  }
  std::string begin_from(Modules&,
                         const NamedTensors&,
                         const std::string&,
                         const std::string& source) const override {
    throw UsageError(
        source + ": advi begins at a mode that it finds itself",
        "elbow resume RUN goes on with a run; inference.type=gradient begins from one");
  }
  bool needs_cpu() const override { return true; }
};

}  // namespace

ComponentInfo advi_info() {
  InferenceTraits traits;
  traits.takes_objective = traits.takes_optimizer = traits.takes_minibatches = false;
  traits.counts_iterations = true;
  return ComponentInfo::of("advi",
                           "A guide of a program or target by gradients of the ELBO: begins at a "
                           "mode, chooses its step, averages, and stops by itself")
      .source(
          "Kucukelbir et al., 2017, arXiv:1603.00788; Dhaka et al., 2020, arXiv:2009.00666; "
          "Welandawe et al., 2024, arXiv:2203.15945")
      .takes(
          {Parameter::number("tolerance",
                             "Monte-Carlo error at which it stops: of each mean, in the guide's "
                             "standard deviations, and of the logarithm of each of these")
               .defaults(0.002)
               .above(0),
           Parameter::integer("draws_per_step",
                              "draws of the guide in the first stage, in pairs around its centre; "
                              "twice as many in each that follows")
               .defaults(100)
               .at_least(2)
               .at_most(100000),
           Parameter::integer("max_steps", "steps after which it stops whatever the error")
               .defaults(20000)
               .at_least(1),
           Parameter::integer("num_starts", "starts of the search for the highest mode")
               .defaults(4)
               .at_least(1)
               .at_most(1000),
           Parameter::number("start_scale", "they are uniform in (-start_scale, start_scale)")
               .defaults(2.0)
               .at_least(0)})
      .with(traits);
}

InferenceMethodPtr advi_method() { return std::make_shared<AdviMethod>(); }

}  // namespace elbow
