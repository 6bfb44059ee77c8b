#include "elbow/models/bayesian_network_regression.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "elbow/distributions/normal.h"

namespace elbow {

std::vector<Parameter> BayesianNetworkRegression::keys() {
  return {Parameter::number("prior_scale",
                            "standard deviation of a weight's prior, times the square root of the "
                            "number of the layer's inputs and 1")
              .defaults(1.0)
              .above(0),
          Parameter::boolean("learn_prior_scale", "maximise the bound in it too (empirical Bayes)")
              .defaults(false)};
}

BayesianNetworkRegression::BayesianNetworkRegression(const RegressionOptions& options,
                                                     const Prior& prior)
    : network_(options.input_size, options.hidden_sizes, /*output_size=*/1, options.activation),
      num_groups_(options.num_groups) {
  response_ = register_module(
      "response",
      std::make_shared<NormalResponse>(options.noise_scale, options.learns_noise, num_groups_));
  scales_ = register_buffer("scales", network_.fan_in_scales());
  zeros_ = register_buffer("zeros", at::zeros({network_.num_weights()}));
  const Tensor start = at::full({num_groups_, 1}, std::log(prior.scale));
  log_prior_scale_ = prior.is_learned ? register_parameter("log_prior_scale", start)
                                      : register_buffer("log_prior_scale", start);
}

DistributionPtr BayesianNetworkRegression::prior() {
  const std::int64_t size = network_.num_weights();
  return std::make_shared<DiagNormal>(zeros_.expand({num_groups_, size}),
                                      log_prior_scale_.expand({num_groups_, size}));
}

DistributionPtr BayesianNetworkRegression::responses(const Tensor& inputs,
                                                     const Tensor& weights,
                                                     std::int64_t) {
  return response_->around(network_.forward(inputs.transpose(0, 1), weights * scales_));
}

Trace BayesianNetworkRegression::score(const Tensor& x, const Trace& guide_trace) {
  const Tensor& weights = guide_trace.at("weights").value();
  const auto [inputs, y] = inputs_and_responses(x);
  const DistributionPtr response = responses(inputs, weights, weights.size(0));
  Trace trace;
  Site shared("weights", prior(), weights, /*is_observed=*/false, Scope::global);
  shared.set_repeats(x.size(0));
  trace.add(std::move(shared));
  Site site("y", response, y, /*is_observed=*/true);
  site.set_log_prob(response->log_prob(y).flatten(1));
  trace.add(std::move(site));
  return trace;
}

}  // namespace elbow
