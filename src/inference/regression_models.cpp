#include "regression_models.h"

#include <ATen/ops/randn.h>

#include "elbow/guides/empty_guide.h"
#include "elbow/guides/weight_guide.h"
#include "elbow/models/bayesian_network_regression.h"
#include "elbow/models/dropout_regression.h"

namespace elbow {
namespace {

ComponentInfo regression_info(const std::string& name,
                              const std::string& summary,
                              const std::string& paper,
                              const std::vector<Parameter>& own,
                              ModelTraits traits) {
  traits.events = {EventKind::vector};
  traits.needs_response = true;
  traits.takes_groups = true;
  return ComponentInfo::of(name, summary)
      .source(paper)
      .takes({Parameter::integers("hidden_sizes", "units of each hidden layer; [] for a linear map")
                  .defaults(Json::array({50}))
                  .at_least(1),
              Parameter::choice("activation", activation_names(), "of the hidden units")
                  .defaults("relu"),
              Parameter::number(
                  "noise_scale",
                  "standard deviation of the response around the network, in the units that "
                  "the model is shown; where it begins when it is learned")
                  .defaults(0.5)
                  .above(0),
              Parameter::boolean("learn_noise", "maximise the bound in the noise scale too")
                  .defaults(true)})
      .takes(own)
      .with(traits);
}

/// Data sets side by side are the rows of an example.
RegressionOptions regression_options(const ConfigNode& model, const DataFacts& facts) {
  if (facts.num_responses != 1 || facts.event_shape.back() < 2)
    model.refuse("the data name no response, or nothing to predict it from",
                 "set data.response to a column of a table with more than one");
  RegressionOptions out;
  out.input_size = facts.event_shape.back() - 1;
  out.num_groups = facts.event_shape.size() == 2 ? facts.event_shape.front() : 1;
  out.hidden_sizes = model.integers("hidden_sizes");
  out.activation = activation_by_name(model.text("activation"));
  out.noise_scale = model.number("noise_scale");
  out.learns_noise = model.boolean("learn_noise");
  return out;
}

}  // namespace

ComponentInfo network_regression_info() {
  std::vector<Parameter> own = BayesianNetworkRegression::keys();
  own.push_back(
      Parameter::number("start_scale",
                        "standard deviation of a weight's posterior to begin with, in the "
                        "unit of prior_scale")
          .defaults(0.05)
          .above(0));
  ModelTraits traits;
  traits.has_global_sites = true;
  return regression_info(
      "network_regression",
      "A response predicted by a network with a posterior over its weights: a Bayesian neural net",
      "Blundell et al., Weight uncertainty in neural networks, 2015, arXiv:1505.05424, section 3",
      own,
      traits);
}

ComponentInfo dropout_regression_info() {
  ModelTraits traits;
  traits.posterior = ApproximatePosterior::dropout;
  return regression_info(
      "dropout_regression",
      "A response predicted by a network with dropout, in training and in prediction (MC dropout)",
      "Gal, Ghahramani, Dropout as a Bayesian approximation, 2016, arXiv:1506.02142",
      DropoutRegression::keys(),
      traits);
}

Modules make_network_regression(const ConfigNode& model,
                                const ConfigNode& config,
                                const DataFacts& facts) {
  const RegressionOptions options = regression_options(model, facts);
  const auto network = std::make_shared<BayesianNetworkRegression>(
      options,
      BayesianNetworkRegression::Prior{model.number("prior_scale"),
                                       model.boolean("learn_prior_scale")});
  const std::int64_t size = network->latent_size();
  const ConfigNode guide = config.child("guide"), posterior = guide.child("posterior");
  posterior.child("network").raw();  // weights look at no example
  const FamilyPtr family = posterior_factory().create(posterior, {size});
  // A network whose units begin equal keeps them equal: each begins at a draw of the prior.
  const Tensor start =
      family->around(at::randn({options.num_groups, size}) * model.number("prior_scale"),
                     model.number("start_scale"));
  if (!start.defined())
    posterior.refuse(
        "weights begin at draws of their prior, at which this family cannot be centred",
        "set guide.posterior.type=diag_normal, low_rank_normal or full_rank_normal",
        "type");
  const auto layers = guide.children("flows");
  std::shared_ptr<FlowStack> flows;
  if (!layers.empty())
    flows = std::make_shared<FlowStack>(layers, FlowShapes{size, /*has_context=*/true});
  return {network, std::make_shared<WeightGuide>(family, flows, start)};
}

Modules make_dropout_regression(const ConfigNode& model,
                                const ConfigNode& config,
                                const DataFacts& facts) {
  config.child("guide").raw();  // dropout is the approximate posterior
  return {std::make_shared<DropoutRegression>(
              regression_options(model, facts),
              DropoutRegression::Dropout{
                  model.number("rate"), model.number("length_scale"), facts.num_examples}),
          std::make_shared<EmptyGuide>()};
}

}  // namespace elbow
