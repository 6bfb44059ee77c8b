#include "chain_method.h"
#include "elbow/inference/methods/hmc.h"
#include "inference_methods.h"

namespace elbow {
namespace {

Hmc::Options read_options(const ConfigNode& config, std::int64_t num_examples) {
  const ConfigNode node = config.child("inference");
  Hmc::Options out;
  out.seed = static_cast<std::uint64_t>(config.integer("seed"));
  out.num_examples = num_examples;
  out.num_warmup = node.integer("num_warmup");
  out.is_nuts = node.text("sampler") == "nuts";
  out.max_depth = node.integer("max_depth");
  out.num_leapfrog = node.integer("num_leapfrog");
  const std::string mass = node.text("mass");
  out.mass = mass == "dense"      ? Hmc::Mass::dense
             : mass == "diagonal" ? Hmc::Mass::diagonal
                                  : Hmc::Mass::identity;
  out.target_acceptance = node.number("target_acceptance");
  if (node.has("step_size")) out.step_size = node.number("step_size");
  out.start_scale = node.number("start_scale");
  return out;
}

/// The training set in parts of as many rows as may be in memory together.
std::vector<Batch> all_examples(const Dataset& dataset, bool has_data) {
  const std::int64_t size = has_data ? dataset.size("train") : 1;
  const std::int64_t at_once = std::min(size, dataset.most_rows_at_once());
  std::vector<Batch> out;
  for (std::int64_t begin = 0; begin < size; begin += at_once)
    out.push_back(
        dataset.batch("train", row_range(begin, std::min(size, begin + at_once)), /*epoch=*/0));
  return out;
}

class HmcMethod : public ChainMethod {
 public:
  std::shared_ptr<Inference> build(const ConfigNode& config,
                                   Modules& modules,
                                   const Dataset& dataset) const override {
    touch_unused_sections(config);
    const bool has_data = modules.model->target() == nullptr;
    Hmc::Options options = read_options(config, has_data ? dataset.size("train") : 1);
    if (!modules.start.empty()) options.starts = modules.start.front();
    return std::make_shared<Hmc>(modules.model,
                                 std::static_pointer_cast<DrawsGuide>(modules.guide),
                                 all_examples(dataset, has_data),
                                 options);
  }
};

}  // namespace

ComponentInfo hmc_info() {
  InferenceTraits traits;
  traits.takes_guide = traits.takes_optimizer = traits.takes_minibatches = false;
  traits.needs_shared_latents = traits.counts_iterations = true;
  return ComponentInfo::of("hmc",
                           "Hamiltonian Monte Carlo: draws of the posterior by Markov chains")
      .source(
          "Hoffman, Gelman, The No-U-Turn sampler, 2014, arXiv:1111.4246; Betancourt, 2017, "
          "arXiv:1701.02434")
      .takes(
          {Parameter::integer("num_chains", "chains side by side, evaluated together")
               .defaults(4)
               .at_least(1)
               .at_most(10000),
           Parameter::integer("num_warmup",
                              "iterations in which step and mass matrix are learned, before "
                              "the draws")
               .defaults(1000)
               .at_least(0),
           Parameter::integer("num_draws", "draws of each chain").defaults(1000).at_least(1),
           Parameter::choice("sampler",
                             {"nuts", "hmc"},
                             "nuts: paths end where they turn back; hmc: after a number of "
                             "steps that is drawn up to num_leapfrog")
               .defaults("nuts"),
           Parameter::choice("mass",
                             {"diagonal", "dense", "identity"},
                             "the inverse of the mass matrix: variances, the covariance, or 1")
               .defaults("diagonal"),
           Parameter::number("target_acceptance",
                             "mean acceptance that the step is adapted to; nearer to 1, "
                             "smaller steps and fewer divergences")
               .defaults(0.8)
               .above(0)
               .below(1),
           Parameter::integer("max_depth", "nuts: a path has at most 2^max_depth points")
               .defaults(10)
               .at_least(1)
               .at_most(20),
           Parameter::integer("num_leapfrog", "hmc: most steps of a path").defaults(16).at_least(1),
           Parameter::number("step_size", "to begin with; searched for where it is not set")
               .optional()
               .above(0),
           Parameter::number("start_scale",
                             "chains begin at uniform draws from -s to s in unconstrained space")
               .defaults(2.0)
               .at_least(0)})
      .with(traits);
}

InferenceMethodPtr hmc_method() { return std::make_shared<HmcMethod>(); }

}  // namespace elbow
