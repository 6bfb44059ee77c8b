#include "flow_keys.h"

namespace elbow {

Parameter amortized_parameter() {
  return Parameter::boolean("amortized",
                            "parameters by the encoder, for each example, instead of learned ones")
      .defaults(false);
}

bool is_amortized(const ConfigNode& node, const BuildContext& context) {
  const bool is_amortized = node.boolean("amortized");
  if (is_amortized && !context.is_conditional())
    node.refuse("the parameters should come from an encoder, and there is none here",
                "use amortized: false",
                "amortized");
  return is_amortized;
}

std::vector<Parameter> spline_parameters() {
  return {Parameter::integer("num_bins", "pieces of each spline").defaults(8).at_least(2),
          Parameter::number("tail_bound", "the spline acts between minus this and this")
              .defaults(3.0)
              .above(0),
          Parameter::number("min_bin_width", "least width of a piece, as a share of all")
              .defaults(1e-3)
              .above(0)
              .below(0.5),
          Parameter::number("min_bin_height", "least height of a piece, as a share of all")
              .defaults(1e-3)
              .above(0)
              .below(0.5),
          Parameter::number("min_slope", "least slope between two pieces")
              .defaults(1e-3)
              .above(0)
              .below(1)};
}

ElementBijector spline_from(const ConfigNode& node) {
  SplineOptions options;
  options.num_bins = node.integer("num_bins");
  options.tail_bound = node.number("tail_bound");
  options.min_bin_width = node.number("min_bin_width");
  options.min_bin_height = node.number("min_bin_height");
  options.min_slope = node.number("min_slope");
  for (const char* key : {"min_bin_width", "min_bin_height"})
    if (node.number(key) * static_cast<double>(options.num_bins) >= 1)
      node.refuse("times num_bins (" + std::to_string(options.num_bins) + ") must be below 1",
                  "the pieces share the way from -tail_bound to tail_bound",
                  key);
  return spline_bijector(options);
}

Parameter max_log_scale_parameter() {
  return Parameter::number("max_log_scale", "limit of the log scale of one layer, by tanh")
      .defaults(3.0)
      .above(0);
}

}  // namespace elbow
