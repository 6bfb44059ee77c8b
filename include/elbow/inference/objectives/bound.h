#pragma once

#include <optional>

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Derivatives in each particle's own log-weight, [K, B] each, without a graph.
struct WeightDerivatives {
  Tensor first;   ///< g_k
  Tensor second;  ///< d g_k / d log w_k, the other weights fixed
};

/// A bound as a function of the log-weights of K draws, in nats.
class Bound {
 public:
  virtual ~Bound() = default;
  /// @param log_weights [K, B] @param log_masses [K, B] log weights of particles that are drawn by
  /// strata, their exponentials sum to 1 over K; undefined: 1 / K each @return [B]
  virtual Tensor reduce(const Tensor& log_weights, const Tensor& log_masses = {}) const = 0;
  /// Derivatives of reduce, particles equally heavy; nothing where it has no two of them.
  /// @param log_weights [K, B]
  virtual std::optional<WeightDerivatives> derivatives(const Tensor& /*log_weights*/) const {
    return std::nullopt;
  }
};

}  // namespace elbow
