#include "elbow/inference/inference_factory.h"

#include "elbow/inference/build_gradient_vi.h"
#include "elbow/inference/conjugate_vi.h"

namespace elbow {

namespace {

std::shared_ptr<Inference> build_conjugate_vi(const ConfigNode& node,
                                              const ConfigNode& config,
                                              Modules& modules,
                                              const Dataset& dataset) {
  // What is fitted by gradients has no part in this; the rules have refused whatever was set there.
  for (const char* key : {"guide", "objective", "estimator", "optimizer"}) config.child(key).raw();
  ConjugateVi::Options options;
  options.seed = static_cast<std::uint64_t>(config.integer("seed"));
  options.rho = schedule_factory().create(node.child("rho"));
  options.num_examples = dataset.size("train");
  options.restarts = node.integer("restarts");
  options.tolerance = node.number("tolerance");
  const bool is_whole =
      node.is_word("batch_size", "all") || node.integer("batch_size") >= options.num_examples;
  options.is_whole = is_whole;
  const std::string warm = node.text("warm_start");
  const bool is_better_kept = is_whole && !modules.conjugate->prefers_fresh_locals();
  options.keeps_local = warm == "true" || (warm == "auto" && is_better_kept);
  const InitialData data{options.num_examples, [&dataset](const std::vector<std::int64_t>& rows) {
                           return dataset.batch("train", rows, /*epoch=*/0);
                         }};
  auto out = std::make_shared<ConjugateVi>(
      modules.conjugate, data, options, modules.start, modules.start_frame);
  modules.globals = [inference = out.get()]() -> const Globals& { return inference->globals(); };
  return out;
}

ComponentInfo conjugate_info() {
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
      .with(InferenceTraits{Fitting::closed_form});
}

ComponentInfo gradient_info() {
  return ComponentInfo::of("gradient", "Stochastic gradient ascent on the objective")
      .source("Kingma, Welling, 2014, arXiv:1312.6114, algorithm 1")
      .with(InferenceTraits{Fitting::gradient});
}

}  // namespace

InferenceFactory& inference_factory() {
  static InferenceFactory factory(
      "inference",
      {{gradient_info(),
        [](const ConfigNode&, const ConfigNode& config, Modules& modules, const Dataset& dataset)
            -> std::shared_ptr<Inference> { return build_gradient_vi(config, modules, dataset); }},
       {conjugate_info(), build_conjugate_vi}});
  return factory;
}

}  // namespace elbow
