#include "elbow/models/generative/bayesian_network_classification.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "elbow/probability/distributions/bernoulli.h"
#include "elbow/probability/distributions/normal.h"
#include "regression_options.h"

namespace elbow {

ComponentInfo BayesianNetworkClassification::info() {
  ModelTraits traits;
  traits.events = {EventKind::vector};
  traits.needs_response = traits.takes_groups = traits.has_global_sites = true;
  traits.has_binary_response = true;
  return ComponentInfo::of("network_classification",
                           "A response of 0 and 1 predicted by a network with a posterior over its "
                           "weights; without hidden layers, Bayesian logistic regression")
      .source("Bishop, Pattern Recognition and Machine Learning, 2006, sections 4.5 and 5.7.3")
      .takes(network_parameters(/*hidden_sizes=*/Json::array()))
      .takes({Parameter::number("prior_scale",
                                "standard deviation of a weight's prior, times the square root of "
                                "the number of the layer's inputs and 1")
                  .defaults(1.0)
                  .above(0),
              Parameter::number("start_scale",
                                "standard deviation of a weight's posterior to begin with, in the "
                                "unit of prior_scale")
                  .defaults(0.05)
                  .above(0)})
      .with(traits);
}

GenerativeModelPtr BayesianNetworkClassification::create(const ConfigNode& node,
                                                         const DataContext& data) {
  return std::make_shared<BayesianNetworkClassification>(
      network_options(node, data), Prior{node.number("prior_scale"), node.number("start_scale")});
}

BayesianNetworkClassification::BayesianNetworkClassification(const RegressionOptions& options,
                                                             const Prior& prior)
    : network_(options.input_size, options.hidden_sizes, /*output_size=*/1, options.activation),
      num_groups_(options.num_groups),
      options_(prior),
      start_(at::randn({options.num_groups, network_.num_weights()}) * prior.scale) {
  scales_ = register_buffer("scales", network_.fan_in_scales());
  zeros_ = register_buffer("zeros", at::zeros({network_.num_weights()}));
  log_prior_scale_ = register_buffer("log_prior_scale", at::full({}, std::log(prior.scale)));
}

std::vector<SiteSpec> BayesianNetworkClassification::sites() const {
  return {{"weights",
           {network_.num_weights()},
           Support::real(),
           Scope::global,
           start_,
           options_.start_scale}};
}

DistributionPtr BayesianNetworkClassification::prior() {
  const std::int64_t size = network_.num_weights();
  return std::make_shared<DiagNormal>(zeros_.expand({num_groups_, size}),
                                      log_prior_scale_.expand({num_groups_, size}));
}

DistributionPtr BayesianNetworkClassification::responses(const Tensor& inputs,
                                                         const Trace& latents,
                                                         std::int64_t) {
  const Tensor logits =
      network_.forward(inputs.transpose(0, 1), latents.at("weights").value() * scales_);
  return std::make_shared<Bernoulli>(logits.squeeze(-1).transpose(-1, -2));
}

Trace BayesianNetworkClassification::score(const Batch& batch,
                                           const Trace& latents,
                                           const ModelContext&) {
  const Tensor& weights = latents.at("weights").value();
  const auto [inputs, y] = inputs_and_responses(batch);
  const DistributionPtr response = responses(inputs, latents, weights.size(0));
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
