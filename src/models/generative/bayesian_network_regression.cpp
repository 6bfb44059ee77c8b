#include "elbow/models/generative/bayesian_network_regression.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "elbow/probability/distributions/normal.h"
#include "regression_options.h"

namespace elbow {

ComponentInfo BayesianNetworkRegression::info() {
  ModelTraits traits;
  traits.has_global_sites = true;
  return regression_info(
      "network_regression",
      "A response predicted by a network with a posterior over its weights: a Bayesian neural net",
      "Blundell et al., Weight uncertainty in neural networks, 2015, arXiv:1505.05424, section 3",
      {Parameter::number("prior_scale",
                         "standard deviation of a weight's prior, times the square root of the "
                         "number of the layer's inputs and 1")
           .defaults(1.0)
           .above(0),
       Parameter::boolean("learn_prior_scale", "maximise the bound in it too (empirical Bayes)")
           .defaults(false),
       Parameter::number("start_scale",
                         "standard deviation of a weight's posterior to begin with, in the "
                         "unit of prior_scale")
           .defaults(0.05)
           .above(0)},
      traits);
}

GenerativeModelPtr BayesianNetworkRegression::create(const ConfigNode& node,
                                                     const DataContext& data) {
  return std::make_shared<BayesianNetworkRegression>(regression_options(node, data),
                                                     Prior{node.number("prior_scale"),
                                                           node.boolean("learn_prior_scale"),
                                                           node.number("start_scale")});
}

BayesianNetworkRegression::BayesianNetworkRegression(const RegressionOptions& options,
                                                     const Prior& prior)
    : network_(options.input_size, options.hidden_sizes, /*output_size=*/1, options.activation),
      num_groups_(options.num_groups),
      start_scale_(prior.start_scale),
      start_(at::randn({options.num_groups, network_.num_weights()}) * prior.scale) {
  response_ = register_module(
      "response",
      std::make_shared<NormalResponse>(options.noise_scale, options.learns_noise, num_groups_));
  scales_ = register_buffer("scales", network_.fan_in_scales());
  zeros_ = register_buffer("zeros", at::zeros({network_.num_weights()}));
  const Tensor start = at::full({num_groups_, 1}, std::log(prior.scale));
  log_prior_scale_ = prior.is_learned ? register_parameter("log_prior_scale", start)
                                      : register_buffer("log_prior_scale", start);
}

std::vector<SiteSpec> BayesianNetworkRegression::sites() const {
  return {
      {"weights", {network_.num_weights()}, Support::real(), Scope::global, start_, start_scale_}};
}

DistributionPtr BayesianNetworkRegression::prior() {
  const std::int64_t size = network_.num_weights();
  return std::make_shared<DiagNormal>(zeros_.expand({num_groups_, size}),
                                      log_prior_scale_.expand({num_groups_, size}));
}

DistributionPtr BayesianNetworkRegression::responses(const Tensor& inputs,
                                                     const Tensor& weights,
                                                     std::int64_t) {
  return response_->centred_at(network_.forward(inputs.transpose(0, 1), weights * scales_));
}

Trace BayesianNetworkRegression::score(const Batch& batch,
                                       const Trace& latents,
                                       const ModelContext&) {
  const Tensor& weights = latents.at("weights").value();
  const auto [inputs, y] = inputs_and_responses(batch);
  const DistributionPtr response = responses(inputs, weights, weights.size(0));
  Trace trace;
  Site shared("weights", prior(), weights, /*is_observed=*/false, Scope::global);
  shared.set_repeats(batch.size());
  trace.add(std::move(shared));
  Site site("y", response, y, /*is_observed=*/true);
  site.set_log_prob(response->log_prob(y).flatten(1));
  trace.add(std::move(site));
  return trace;
}

}  // namespace elbow
