#pragma once

#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/core/config_node.h"
#include "elbow/foundations/observe/svg_plot.h"

namespace elbow {

/// The pictures of a diagnosis (RUN/diagnosis/diagnosis.json) by name, as far as it has what they
/// show: gradient_snr and gradient_variance over the number of particles, kl_per_unit, pareto_k.
/// What a file says is untrusted: entries of another type are passed over.
std::vector<std::pair<std::string, Plot>> diagnosis_plots(const Json& diagnosis);

}  // namespace elbow
