#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "elbow/core/factory.h"
#include "elbow/core/schedule.h"
#include "elbow/models/trace.h"

namespace elbow {

/// What an objective says of a batch, in nats per example. Bigger is better.
struct BoundTerms {
  Tensor bound;           ///< [B] what is trained
  Tensor elbo;            ///< [B] beta = 1, no free bits
  Tensor reconstruction;  ///< [B] E_q log p(x | z)
  Tensor kl;              ///< [B] KL(q(z | x) || p(z)), or its Monte-Carlo estimate
  Tensor kl_per_unit;     ///< [L] batch mean; undefined when the KL is no sum over units
};

/// A bound on log p(x): what is climbed. How its gradient is estimated is the estimator's business.
class Objective {
 public:
  virtual ~Objective() = default;
  virtual std::int64_t num_particles() const = 0;
  /// Moves the schedules (beta) to this time.
  virtual void advance(const Clock& clock) = 0;
  /// The schedules' present values by name, for metrics: {"beta", 0.5}.
  virtual std::vector<std::pair<std::string, double>> schedule_values() const = 0;

  /// log p(x, z_k) - log q(z_k | x). @return [K, B]
  virtual Tensor log_weights(const Trace& model, const Trace& guide) const;
  /// The bound from sampled log-weights. @param log_weights [K, B] @return [B]
  virtual Tensor reduce(const Tensor& log_weights) const = 0;
  /// The bound and its named parts, with closed forms where there are any.
  virtual BoundTerms terms(const Trace& model, const Trace& guide) const = 0;
};
using ObjectivePtr = std::shared_ptr<Objective>;

/// elbo. Properties: estimators (names that give an unbiased gradient of it).
const Factory<ObjectivePtr>& objective_factory();

}  // namespace elbow
