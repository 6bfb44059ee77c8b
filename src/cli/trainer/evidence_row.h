#pragma once

#include <string>

#include "elbow/foundations/core/config_node.h"

namespace elbow::cli {

/// "log p(x) exact ... = ELBO ... + KL(q || posterior) ...", how it was found, and by how much the
/// ELBO from draws disagrees. @param evidence of an evaluation's summary
std::string evidence_row(const Json& evidence);

}  // namespace elbow::cli
