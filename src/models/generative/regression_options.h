#pragma once

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/component.h"
#include "elbow/models/generative/supervised_model.h"

namespace elbow {

/// The row of a network for a response: the keys that all of these have, then its own.
ComponentInfo regression_info(const std::string& name,
                              const std::string& summary,
                              const std::string& paper,
                              const std::vector<Parameter>& own,
                              ModelTraits traits);

/// What such a row's keys say. Data sets side by side are the rows of an example.
/// @throws ConfigError where the data name no response
/// hidden_sizes and activation. @param hidden_sizes the usual ones
std::vector<Parameter> network_parameters(const Json& hidden_sizes);
/// What they say, and the sizes of the data. @throws ConfigError for data without a response
RegressionOptions network_options(const ConfigNode& model, const DataContext& data);
RegressionOptions regression_options(const ConfigNode& model, const DataContext& data);

}  // namespace elbow
