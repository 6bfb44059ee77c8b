#include "elbow/models/generative/bayesian_network_regression.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "elbow/probability/distributions/gamma.h"
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
           .above(0),
       Parameter::section(
           "precision_prior",
           "precision_prior",
           "Gamma prior of the precisions of noise and weights, which are latents "
           "then, for inference by svgd or hmc; noise_scale is where the noise begins")
           .optional()},
      traits);
}

ComponentInfo BayesianNetworkRegression::precision_section() {
  return ComponentInfo::section(
      "precision_prior",
      "Gamma prior of precisions",
      {Parameter::number("shape", "of the Gamma density").defaults(1.0).above(0),
       Parameter::number("rate", "of the Gamma density").defaults(0.1).above(0),
       Parameter::boolean("weights",
                          "of the weights too, or of the noise alone; the joint density of weights "
                          "and their precision is highest where all weights are near 0, where few "
                          "particles may end")
           .defaults(true)});
}

GenerativeModelPtr BayesianNetworkRegression::create(const ConfigNode& node,
                                                     const DataContext& data) {
  Prior prior{
      node.number("prior_scale"), node.boolean("learn_prior_scale"), node.number("start_scale")};
  RegressionOptions options = regression_options(node, data);
  if (node.has("precision_prior")) {
    const ConfigNode precisions = node.child("precision_prior");
    prior.precision_shape = precisions.number("shape");
    prior.precision_rate = precisions.number("rate");
    prior.has_weight_precision = precisions.boolean("weights");
    if (prior.is_learned)
      node.refuse("a scale that has a prior is not maximised over",
                  "remove it, or precision_prior",
                  "learn_prior_scale");
    if (prior.has_weight_precision && prior.scale != 1)
      node.refuse("the precision of the weights has a prior of its own",
                  "remove it, or set model.precision_prior.weights=false",
                  "prior_scale");
    options.learns_noise = false;
  }
  return std::make_shared<BayesianNetworkRegression>(options, prior);
}

BayesianNetworkRegression::BayesianNetworkRegression(const RegressionOptions& options,
                                                     const Prior& prior)
    : network_(options.input_size, options.hidden_sizes, /*output_size=*/1, options.activation),
      num_groups_(options.num_groups),
      options_(prior),
      noise_scale_(options.noise_scale),
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
  std::vector<SiteSpec> out;
  const auto add_precision = [&](const char* name, double scale) {
    out.push_back({name,
                   {},
                   Support::positive(),
                   Scope::global,
                   at::full({num_groups_}, 1 / (scale * scale)),
                   options_.start_scale});
  };
  // Before the weights, which are many.
  if (options_.has_precisions()) add_precision(kNoisePrecision, noise_scale_);
  if (options_.has_precisions() && options_.has_weight_precision)
    add_precision(kWeightPrecision, options_.scale);
  out.push_back({"weights",
                 {network_.num_weights()},
                 Support::real(),
                 Scope::global,
                 start_,
                 options_.start_scale});
  return out;
}

DistributionPtr BayesianNetworkRegression::prior() {
  if (options_.has_precisions()) return nullptr;
  return prior_of_weights({});
}

DistributionPtr BayesianNetworkRegression::prior_of_weights(const Trace& latents) {
  const std::int64_t size = network_.num_weights();
  const Site* precision = latents.find(kWeightPrecision);
  const Tensor log_scale =
      precision == nullptr
          ? log_prior_scale_.expand({num_groups_, size})
          : (precision->value().log() * -0.5).unsqueeze(-1).expand({-1, num_groups_, size});
  return std::make_shared<DiagNormal>(zeros_.expand_as(log_scale), log_scale);
}

DistributionPtr BayesianNetworkRegression::prior_of_precisions(const Tensor& like) const {
  const auto number = [&like](double value) {
    return at::full({}, std::log(value), like.options());
  };
  return std::make_shared<Gamma>(number(options_.precision_shape), number(options_.precision_rate));
}

DistributionPtr BayesianNetworkRegression::responses(const Tensor& inputs,
                                                     const Trace& latents,
                                                     std::int64_t) {
  const Tensor mean =
      network_.forward(inputs.transpose(0, 1), latents.at("weights").value() * scales_);
  const Site* precision = latents.find(kNoisePrecision);
  return precision == nullptr ? response_->centred_at(mean)
                              : NormalResponse::centred_at(mean, precision->value());
}

Site BayesianNetworkRegression::shared_site(const std::string& name,
                                            DistributionPtr prior,
                                            const Tensor& value,
                                            std::int64_t num_examples) const {
  Site out(name, std::move(prior), value, /*is_observed=*/false, Scope::global);
  out.set_repeats(num_examples);
  return out;
}

Trace BayesianNetworkRegression::score(const Batch& batch,
                                       const Trace& latents,
                                       const ModelContext&) {
  const Tensor& weights = latents.at("weights").value();
  const auto [inputs, y] = inputs_and_responses(batch);
  const DistributionPtr response = responses(inputs, latents, weights.size(0));
  Trace trace;
  trace.add(shared_site("weights", prior_of_weights(latents), weights, batch.size()));
  for (const char* name : {kNoisePrecision, kWeightPrecision})
    if (const Site* precision = latents.find(name))
      trace.add(shared_site(
          name, prior_of_precisions(precision->value()), precision->value(), batch.size()));
  Site site("y", response, y, /*is_observed=*/true);
  site.set_log_prob(response->log_prob(y).flatten(1));
  trace.add(std::move(site));
  return trace;
}

}  // namespace elbow
