#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/core/config_node.h"

namespace elbow {

/// Sums since the last training record, so that a resume in the middle continues them.
struct MetricSums {
  std::vector<std::pair<std::string, double>> sums;
  double count = 0;
  void clear() { sums.clear(), count = 0; }
};

/// The numbers of state.json: with the tensors of the Inference, all that a resume needs.
struct TrainerState {
  std::int64_t step = 0;          ///< optimizer steps finished
  std::int64_t epoch = 1;         ///< the one in progress, from 1
  std::int64_t position = 0;      ///< examples of it that were used
  std::int64_t order_offset = 0;  ///< rollbacks move the data order
  std::optional<double> best;
  std::string best_metric;  ///< what it is of; empty in checkpoints of the first versions
  std::int64_t best_step = 0;
  std::int64_t evaluations_without_gain = 0;
  std::optional<double> last_metric;  ///< of the training set, in the last record
  MetricSums sums;
  std::int64_t metrics_bytes = 0;
  double seconds = 0;  ///< training time so far; wall time is left out of equality

  /// Forgets a best value of another metric: the two cannot be compared.
  void judge_by(const std::string& metric);

  Json to_json() const;
  /// @throws DataError naming the key
  static TrainerState from_json(const Json& value, const std::string& source);
};

}  // namespace elbow
