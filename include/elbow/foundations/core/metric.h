#pragma once

#include <string>

#include "elbow/foundations/core/config_node.h"

namespace elbow {

/// A number that a fit can be judged by. What the best checkpoint, early stopping, progress, `elbow
/// runs` and reports say of a run, they say of its primary metric.
struct Metric {
  std::string name = "elbo";   ///< its key in records
  std::string label = "ELBO";  ///< as people read it
  std::string unit = "nats";   ///< empty: it has none
  bool is_higher_better = true;
  bool is_mean_over_examples = true;  ///< of a target there are none

  /// Whether a value is better than the best so far. A number that is not finite is not.
  bool improves(double value, double best) const {
    return is_higher_better ? value > best : value < best;
  }
  /// "nats per example": what a mean over examples is in.
  std::string unit_of_mean() const {
    return unit == "nats" && is_mean_over_examples ? "nats per example" : unit;
  }
  /// "ELBO (nats)".
  std::string title() const { return label + (unit.empty() ? "" : " (" + unit + ")"); }
};

/// For run.json.
Json metric_json(const Metric& metric);
/// The primary metric of a run.json; the ELBO where none is named, as in the runs of the first
/// versions.
Metric metric_of(const Json& run);

}  // namespace elbow
