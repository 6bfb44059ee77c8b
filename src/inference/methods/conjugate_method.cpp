#include "elbow/inference/methods/conjugate_vi.h"
#include "elbow/models/conjugate/conjugate_model_factory.h"
#include "inference_methods.h"

namespace elbow {
namespace {

ConjugateVi::Options read_options(const ConfigNode& config,
                                  const ConjugateModel& model,
                                  std::int64_t num_examples) {
  const ConfigNode node = config.child("inference");
  ConjugateVi::Options out;
  out.seed = static_cast<std::uint64_t>(config.integer("seed"));
  out.rho = schedule_factory().create(node.child("rho"));
  out.num_examples = num_examples;
  out.restarts = node.integer("restarts");
  out.tolerance = node.number("tolerance");
  out.is_whole =
      node.is_word("batch_size", "all") || node.integer("batch_size") >= out.num_examples;
  const std::string warm = node.text("warm_start");
  const bool is_better_kept = out.is_whole && !model.prefers_fresh_locals();
  out.keeps_local = warm == "true" || (warm == "auto" && is_better_kept);
  return out;
}

class ConjugateMethod : public InferenceMethod {
 public:
  Modules build_modules(const ConfigNode& config,
                        const DataContext& data,
                        at::Device) const override {
    const ConfigNode node = config.child("inference");
    Modules out;
    out.conjugate = conjugate_model_factory().create(config.child("model"), data);
    out.conjugate->use_points(node.texts("point_mass"), node.boolean("flat_priors"));
    return out;
  }

  std::shared_ptr<Inference> build(const ConfigNode& config,
                                   Modules& modules,
                                   const Dataset& dataset) const override {
    // What is fitted by gradients has no part in this; the rules have refused whatever was set
    // there.
    for (const char* key : {"guide", "objective", "estimator", "optimizer"})
      config.child(key).raw();
    const auto options = read_options(config, *modules.conjugate, dataset.size("train"));
    const InitialData initial{options.num_examples,
                              [&dataset](const std::vector<std::int64_t>& rows) {
                                return dataset.batch("train", rows, /*epoch=*/0);
                              }};
    auto out = std::make_shared<ConjugateVi>(
        modules.conjugate, initial, options, modules.start, modules.start_frame);
    modules.globals = [inference = out.get()]() -> const Globals& { return inference->globals(); };
    return out;
  }

  void load(Modules& modules,
            const NamedTensors& stored,
            bool /*use_average*/,
            const std::string& source) const override {
    const Globals loaded = load_globals(*modules.conjugate, stored, source);
    modules.globals = [loaded]() -> const Globals& { return loaded; };
  }

  std::string begin_from(Modules& modules,
                         const NamedTensors& stored,
                         const std::string& /*weights*/,
                         const std::string& source) const override {
    const Globals found = load_globals(*modules.conjugate, stored, source);
    for (std::size_t i = 0; i < found.size(); ++i) modules.start.push_back(found.natural(i));
    modules.start_frame = found.frame();
    return "the global factors";
  }

  /// Closed forms in float64 have no kernels on a GPU.
  bool needs_cpu() const override { return true; }
};

}  // namespace

ComponentInfo conjugate_info() {
  InferenceTraits traits;
  traits.fitting = Fitting::closed_form;
  traits.takes_guide = traits.takes_optimizer = false;
  return ComponentInfo::of(
             "conjugate",
             "Coordinate ascent, stochastic natural-gradient steps, or EM, in closed form")
      .source(
          "Hoffman, Blei, Wang, Paisley, Stochastic variational inference, 2013, arXiv:1206.7051, "
          "section 2")
      .takes({Parameter::integer(
                  "batch_size", "examples per step; all: coordinate ascent over the whole data set")
                  .defaults("all")
                  .at_least(1)
                  .or_word("all"),
              Parameter::schedule(
                  "rho",
                  "step of the global factors: 1 for coordinate ascent, decaying for minibatches")
                  .defaults(1.0),
              Parameter::integer("restarts",
                                 "starts that are fitted side by side; the best bound is kept")
                  .defaults(1)
                  .at_least(1)
                  .at_most(1000),
              Parameter::number(
                  "tolerance",
                  "relative change of the bound between two passes over the whole data set "
                  "that counts as converged; 0: never")
                  .defaults(1e-9)
                  .at_least(0)
                  .below(1),
              Parameter::choice("warm_start",
                                {"auto", "true", "false"},
                                "local factors begin where they ended; auto: with batch_size all, "
                                "unless the model is "
                                "better off without (lda). Needs memory for every example")
                  .defaults("auto"),
              Parameter::texts(
                  "point_mass",
                  "global factors that are point masses (EM) by name, or all; with a prior, the "
                  "mode of its exponent")
                  .defaults(Json::array()),
              Parameter::boolean("flat_priors", "point masses have no prior: maximum likelihood")
                  .defaults(false)})
      .with(traits);
}

InferenceMethodPtr conjugate_method() { return std::make_shared<ConjugateMethod>(); }

}  // namespace elbow
