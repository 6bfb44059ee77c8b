#include "elbow/inference/estimators/score_function.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include "score_terms.h"
#include "surrogate.h"

namespace elbow {

ComponentInfo ScoreFunction::info() {
  EstimatorTraits traits;
  traits.scores_draws = true;
  traits.judges_particles = true;
  return ComponentInfo::of("score_function",
                           "E[(f - baseline) grad log q]: needs no gradient through the draw")
      .source(
          "Williams, Simple statistical gradient-following algorithms, 1992; Ranganath, Gerrish, "
          "Blei, "
          "2014, arXiv:1401.0118, section 3; NVIL: Mnih, Gregor, 2014, arXiv:1402.0030, section "
          "2.3")
      .takes({Parameter::choice(
                  "baseline",
                  {"none", "moving_average", "learned", "leave_one_out"},
                  "what is subtracted from the signal; leave_one_out needs two particles")
                  .defaults("none"),
              Parameter::number("decay", "of the moving average, which learned baselines have too")
                  .defaults(0.9)
                  .at_least(0)
                  .below(1),
              Parameter::component("network", "network", "from x to the learned baseline")
                  .defaults({{"type", "mlp"}, {"hidden_sizes", {100}}})})
      .with(traits);
}

GradientEstimatorPtr ScoreFunction::create(const ConfigNode& node, const DataContext& data) {
  Options options;
  const std::string name = node.text("baseline");
  if (name == "moving_average") options.baseline = Baseline::moving_average;
  if (name == "learned") options.baseline = Baseline::learned;
  if (name == "leave_one_out") options.baseline = Baseline::leave_one_out;
  options.decay = node.number("decay");
  const auto event_dims = static_cast<std::int64_t>(data.event_shape.size());
  if (options.baseline != Baseline::learned) {
    node.child("network").raw();
    return std::make_shared<ScoreFunction>(options);
  }
  if (data.event_shape.empty())
    node.refuse("a learned baseline is a function of the data, and there are none",
                "set baseline: leave_one_out",
                "baseline");
  return std::make_shared<ScoreFunction>(
      options,
      network_factory().create(node.child("network"),
                               BuildContext{/*event_shape=*/{1}, data.event_shape, data}),
      event_dims);
}

ScoreFunction::ScoreFunction(Options options, NetworkPtr network, std::int64_t event_dims)
    : options_(options), network_(std::move(network)), event_dims_(event_dims) {
  if (network_) register_module("network", network_);
  const bool is_averaged =
      options_.baseline == Baseline::moving_average || options_.baseline == Baseline::learned;
  if (!is_averaged) return;
  sum_ = register_statistic("sum", at::zeros({}));
  weight_ = register_statistic("weight", at::zeros({}));
}

Surrogate ScoreFunction::estimate(const Objective& objective, Proposals& proposals) {
  const Trace guide = proposals.draw(objective.num_particles());
  const Trace model = proposals.score(guide);
  if (objective.particle_mean() != nullptr)
    return particle_surrogate(objective, proposals, model, guide);
  Tensor baseline_loss;
  Surrogate out = score_function_surrogate(
      objective, model, guide, [&](const Bound& of_guide, const Tensor& log_weights) {
        const Tensor bound = of_guide.reduce(log_weights).unsqueeze(0);
        return options_.baseline == Baseline::leave_one_out
                   ? bound - bounds_without_each(of_guide, log_weights)
                   : centre(bound, proposals.batch().x, baseline_loss).expand_as(log_weights);
      });
  if (baseline_loss.defined())
    (out.guide_loss.defined() ? out.guide_loss : out.loss) += baseline_loss;
  add_sleep(out, objective, proposals, proposals.batch().size());
  return out;
}

Surrogate ScoreFunction::particle_surrogate(const Objective& objective,
                                            Proposals& proposals,
                                            const Trace& model,
                                            const Trace& guide) {
  log_density(guide);  // refuses what it cannot judge
  const Trace detached = detach_densities(guide);
  Surrogate out;
  out.terms = objective.terms(model, detached);
  out.loss = -out.terms.bound.mean();
  for (std::size_t i = 0; i < guide.sites().size(); ++i) {
    const Tensor signal = objective.particle_mean()->particle_terms(model, detached, i).detach();
    const Tensor advantage = centre(signal, proposals.batch().x, out.loss);
    out.loss = out.loss - (advantage * guide.sites()[i].log_prob()).mean();
  }
  return out;
}

Tensor ScoreFunction::average() const { return sum_ / weight_.clamp_min(1e-12); }

void ScoreFunction::update_average(const Tensor& signal) {
  const at::NoGradGuard no_grad;
  sum_.mul_(options_.decay).add_(signal.mean() * (1 - options_.decay));
  weight_.mul_(options_.decay).add_(1 - options_.decay);
}

Tensor ScoreFunction::centre(const Tensor& signal, const Tensor& x, Tensor& loss) {
  if (options_.baseline == Baseline::none) return signal;
  if (options_.baseline == Baseline::leave_one_out) {
    TORCH_CHECK(signal.size(0) > 1, "leave_one_out needs at least two particles, got 1");
    return signal - mean_of_others(signal);
  }
  // The average of steps before this one: it may not depend on these draws.
  Tensor centred = signal - average();
  update_average(signal);
  if (!network_) return centred;
  const Tensor predicted = apply_network(*network_, x, event_dims_).squeeze(-1);
  const Tensor error = (centred - predicted).square().mean();
  loss = loss.defined() ? loss + error : error;
  return centred - predicted.detach();
}

}  // namespace elbow
