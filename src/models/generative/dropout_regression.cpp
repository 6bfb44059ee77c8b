#include "elbow/models/generative/dropout_regression.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>

#include "regression_options.h"

namespace elbow {

ComponentInfo DropoutRegression::info() {
  ModelTraits traits;
  traits.posterior = ApproximatePosterior::dropout;
  return regression_info(
      "dropout_regression",
      "A response predicted by a network with dropout, in training and in prediction (MC dropout)",
      "Gal, Ghahramani, Dropout as a Bayesian approximation, 2016, arXiv:1506.02142",
      {Parameter::number("rate", "share of each layer's inputs that is left out")
           .defaults(0.05)
           .at_least(0)
           .below(1),
       Parameter::number("length_scale",
                         "of the prior of the network's functions: small weights are preferred "
                         "by its square")
           .defaults(0.01)
           .at_least(0)},
      traits);
}

GenerativeModelPtr DropoutRegression::create(const ConfigNode& node, const DataContext& data) {
  return std::make_shared<DropoutRegression>(
      regression_options(node, data), Dropout{node.number("rate"), node.number("length_scale")});
}

DropoutRegression::DropoutRegression(const RegressionOptions& options, const Dropout& dropout)
    : network_(options.input_size, options.hidden_sizes, /*output_size=*/1, options.activation),
      dropout_(dropout) {
  response_ = register_module("response",
                              std::make_shared<NormalResponse>(
                                  options.noise_scale, options.learns_noise, options.num_groups));
  // Uniform within 1 / sqrt(in + 1), as linear layers begin elsewhere.
  const Tensor start = at::rand({options.num_groups, network_.num_weights()}) * 2 - 1;
  weights_ = register_parameter("weights", start * network_.fan_in_scales());
}

DistributionPtr DropoutRegression::responses(const Tensor& inputs,
                                             const Trace&,
                                             std::int64_t count) {
  const Tensor weights = weights_.unsqueeze(0).expand({count, -1, -1});
  return response_->centred_at(network_.forward(inputs.transpose(0, 1), weights, dropout_.rate));
}

Tensor DropoutRegression::penalty(std::int64_t num_examples) const {
  const double strength =
      dropout_.length_scale * dropout_.length_scale / (2 * static_cast<double>(num_examples));
  const WeightNetwork::Squares squares = network_.squares(weights_);
  // A unit that is kept meets the matrix divided by 1 - rate, and is kept in 1 - rate of the draws.
  return (squares.of_matrices / (1 - dropout_.rate) + squares.of_biases) * strength;
}

Trace DropoutRegression::score(const Batch& batch, const Trace&, const ModelContext& context) {
  const auto [inputs, y] = inputs_and_responses(batch);
  const DistributionPtr response = responses(inputs, {}, 1);
  Site site("y", response, y, /*is_observed=*/true);
  site.set_log_prob((response->log_prob(y) - penalty(context.num_examples)).flatten(1));
  Trace trace;
  trace.add(std::move(site));
  return trace;
}

}  // namespace elbow
