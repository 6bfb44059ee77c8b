#include "regression_options.h"

#include "elbow/neural/nn/activation.h"

namespace elbow {

std::vector<Parameter> network_parameters(const Json& hidden_sizes) {
  return {
      Parameter::integers("hidden_sizes", "units of each hidden layer; [] for a linear map")
          .defaults(hidden_sizes)
          .at_least(1),
      Parameter::choice("activation", activation_names(), "of the hidden units").defaults("relu")};
}

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
      .takes(network_parameters(Json::array({50})))
      .takes({Parameter::number(
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

RegressionOptions network_options(const ConfigNode& model, const DataContext& data) {
  if (data.num_responses != 1 || data.event_shape.back() < 2)
    model.refuse("the data name no response, or nothing to predict it from",
                 "set data.response to a column of a table with more than one");
  RegressionOptions out;
  out.input_size = data.event_shape.back() - 1;
  out.num_groups = data.event_shape.size() == 2 ? data.event_shape.front() : 1;
  out.hidden_sizes = model.integers("hidden_sizes");
  out.activation = activation_by_name(model.text("activation"));
  return out;
}

RegressionOptions regression_options(const ConfigNode& model, const DataContext& data) {
  RegressionOptions out = network_options(model, data);
  out.noise_scale = model.number("noise_scale");
  out.learns_noise = model.boolean("learn_noise");
  return out;
}

}  // namespace elbow
