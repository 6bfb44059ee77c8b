#pragma once

#include <torch/csrc/autograd/autograd.h>

#include "elbow/inference/estimators/gradient_estimator.h"
#include "elbow/neural/nn/network.h"
#include "inference/objectives/support.h"
#include "support/two_site_toys.h"

namespace elbow::testing {

inline GradientEstimatorPtr make_estimator(const std::string& name,
                                           const Json& overrides = Json::object(),
                                           const Shape& event_shape = {1}) {
  Json node = resolved(info_in(estimator_factory(), name), overrides);
  if (node.contains("network"))
    node["network"] = resolved(info_in(network_factory(), "mlp"), {{"hidden_sizes", {4}}});
  auto out = estimator_factory().create(ConfigNode(node), DataContext{event_shape});
  out->to(at::kDouble);
  return out;
}

/// Gradients of the bound (to be maximised) in the model's numbers and in the guide's.
struct Gradients {
  Tensor model, guide;
};

/// Independent gradients of one example each, [count, numbers].
inline Gradients gradient_draws(ToyModel& model,
                                ToyGuide& guide,
                                GradientEstimator& estimator,
                                const Objective& objective,
                                std::int64_t count,
                                std::uint64_t seed = 7) {
  model.repeat(count);
  guide.repeat(count);
  GeneratorSource source(at::make_generator<at::CPUGeneratorImpl>(seed));
  const Batch batch{at::ones({count, 1}, at::kDouble)};
  Proposals proposals(model, guide, batch, {source});
  const Surrogate found = estimator.estimate(objective, proposals);
  const auto back = [](const Tensor& loss, const Tensor& leaf, bool again) {
    torch::autograd::backward({loss}, {}, again, false, {leaf});
  };
  const Tensor& guide_loss = found.guide_loss.defined() ? found.guide_loss : found.loss;
  back(found.loss, model.rows(), /*again=*/true);
  back(guide_loss, guide.rows(), /*again=*/false);
  const auto scale = -static_cast<double>(count);
  return {model.rows().grad() * scale, guide.rows().grad() * scale};
}

/// The exact gradient of an average over weighted values of all latents. @param log_weights [K, G]
/// @param masses [G], with a graph where the guide gives them
inline Gradients exact_gradients(ToyModel& model,
                                 ToyGuide& guide,
                                 const Objective& objective,
                                 const Tensor& log_weights,
                                 const Tensor& masses) {
  const auto slope = [](const Tensor& value, const Tensor& leaf) {
    return torch::autograd::grad({value}, {leaf}, {}, /*retain_graph=*/true)[0][0];
  };
  const Tensor of_model = (objective.model_bound().reduce(log_weights) * masses).sum();
  const Tensor of_guide = (objective.guide_update().bound->reduce(log_weights) * masses).sum();
  return {slope(of_model, model.rows()), slope(of_guide, guide.rows())};
}

/// By the trapezium rule over the noise of two particles of two normal sites.
inline Gradients exact_normal_gradients(const Objective& objective, double step = 0.7) {
  NormalModel model;
  NormalGuide guide;
  const Tensor line = at::arange(-6.5, 6.6, step, at::TensorOptions(at::kDouble));
  const Tensor grid = at::cartesian_prod({line, line, line, line});
  const Tensor masses = (-grid.square().sum(1) / 2 - 4 * kHalfLog2Pi).exp() * std::pow(step, 4.0);
  const Tensor noise = grid.t().unsqueeze(-1).contiguous();
  GivenNoise source({noise.narrow(0, 0, 2), noise.narrow(0, 2, 2).contiguous()});
  const Tensor x = at::ones({grid.size(0), 1}, at::kDouble);
  const Trace proposed = guide.propose(x, 2, source);
  const Tensor weights = objective.log_weights(model.score(x, proposed), proposed);
  return exact_gradients(model, guide, objective, weights, masses);
}

/// By summing over all values of `count` particles of sites of the given sizes.
inline Gradients exact_bernoulli_gradients(
    ToyModel& model,
    ToyGuide& guide,
    const std::vector<std::pair<std::string, std::int64_t>>& sites,
    const Objective& objective,
    std::int64_t count) {
  std::int64_t bits = 0;
  for (const auto& site : sites) bits += site.second;
  const std::int64_t total = std::int64_t{1} << (bits * count);
  const Tensor index = at::arange(total);
  const auto any = std::make_shared<Bernoulli>(at::zeros({1}, at::kDouble));
  Trace values;
  std::int64_t bit = 0;
  for (const auto& [name, size] : sites) {
    std::vector<Tensor> particles;
    for (std::int64_t k = 0; k < count; ++k) {
      std::vector<Tensor> units;
      for (std::int64_t i = 0; i < size; ++i, ++bit)
        units.push_back(at::floor_divide(index, std::int64_t{1} << bit).remainder(2));
      particles.push_back(at::stack(units, -1));
    }
    values.add(Site(name, any, at::stack(particles).to(at::kDouble), false));
  }
  const Tensor x = at::ones({total, 1}, at::kDouble);
  const Trace scored = guide.score_sites(x, values);
  Tensor masses;
  for (const auto& site : scored.sites())
    masses = masses.defined() ? masses + site.log_prob() : site.log_prob();
  const Tensor weights = objective.log_weights(model.score(x, scored), scored);
  return exact_gradients(model, guide, objective, weights, masses.sum(0).exp());
}

/// How many standard errors the mean of draws is away from a value: the largest over the numbers.
inline double worst_error(const Tensor& draws, const Tensor& exact) {
  const double count = static_cast<double>(draws.size(0));
  // A number that no draw changes is exact up to rounding.
  const Tensor error = draws.std(0) / std::sqrt(count) + 1e-10;
  return ((draws.mean(0) - exact).abs() / error).max().item<double>();
}

}  // namespace elbow::testing
