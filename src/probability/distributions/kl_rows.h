#pragma once

#include <vector>

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// One pair of names with a closed form.
struct KlRow {
  const char* p;
  const char* q;
  /// Whether `terms` gives [batch..., event...], to be summed over the event; else it is the KL
  /// itself, [batch...].
  bool is_per_dimension;
  Tensor (*terms)(const Distribution&, const Distribution&);
};

/// Between normals of any covariance.
std::vector<KlRow> normal_kl_rows();
/// Between continuous families on the line, the half line or the sphere.
std::vector<KlRow> continuous_kl_rows();
/// Between gammas, betas and Dirichlets.
std::vector<KlRow> gamma_kl_rows();
/// Between discrete families, and the continuous Bernoulli.
std::vector<KlRow> discrete_kl_rows();

/// KL of univariate normals per element, for log standard deviations.
Tensor normal_kl_terms(const Tensor& p_loc,
                       const Tensor& p_log_scale,
                       const Tensor& q_loc,
                       const Tensor& q_log_scale);

}  // namespace elbow
