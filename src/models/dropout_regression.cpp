#include "elbow/models/dropout_regression.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>

#include <stdexcept>

namespace elbow {

std::vector<Parameter> DropoutRegression::keys() {
  return {Parameter::number("rate", "share of each layer's inputs that is left out")
              .defaults(0.05)
              .at_least(0)
              .below(1),
          Parameter::number("length_scale",
                            "of the prior of the network's functions: small weights are preferred "
                            "by its square")
              .defaults(0.01)
              .at_least(0)};
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

DistributionPtr DropoutRegression::prior() {
  throw std::logic_error("a network with dropout has no prior that can be drawn from");
}

DistributionPtr DropoutRegression::responses(const Tensor& inputs,
                                             const Tensor&,
                                             std::int64_t count) {
  const Tensor weights = weights_.unsqueeze(0).expand({count, -1, -1});
  return response_->around(network_.forward(inputs.transpose(0, 1), weights, dropout_.rate));
}

Tensor DropoutRegression::penalty() const {
  const double strength = dropout_.length_scale * dropout_.length_scale /
                          (2 * static_cast<double>(dropout_.num_examples));
  const WeightNetwork::Squares squares = network_.squares(weights_);
  // A unit that is kept meets the matrix divided by 1 - rate, and is kept in 1 - rate of the draws.
  return (squares.of_matrices / (1 - dropout_.rate) + squares.of_biases) * strength;
}

Trace DropoutRegression::score(const Tensor& x, const Trace&) {
  const auto [inputs, y] = inputs_and_responses(x);
  const DistributionPtr response = responses(inputs, {}, 1);
  Site site("y", response, y, /*is_observed=*/true);
  site.set_log_prob((response->log_prob(y) - penalty()).flatten(1));
  Trace trace;
  trace.add(std::move(site));
  return trace;
}

}  // namespace elbow
