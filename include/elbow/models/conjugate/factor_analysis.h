#pragma once

#include <optional>
#include <string>

#include "elbow/models/conjugate/conjugate_model.h"
#include "elbow/models/conjugate/precision.h"

namespace elbow {

/// Variational factor analysis: x_n = W z_n + mu + noise with z_n ~ N(0, I_Q). Isotropic noise
/// makes it probabilistic PCA; a precision for each column of W ("ard") chooses how many factors
/// are kept.
///
/// Row d of the loadings is (w_d, mu_d), one normal of size Q + 1 against (z, 1): q keeps the
/// correlation of a mean with its loadings, which a separate q(mu) would lose, and one optimum
/// serves both.
///
/// Bishop, "Variational principal components", 1999, sections 3 and 4; Ghahramani, Beal,
/// "Variational inference for Bayesian mixtures of factor analysers", 2000, section 2.
class FactorAnalysis : public ConjugateModel {
 public:
  FactorAnalysis(const ConfigNode& node, const DataContext& data);
  static ComponentInfo info();

  /// Statistics: sum E[(z, 1) (z, 1)^T], sum x E[(z, 1)]^T, sum x^2.
  LocalStep local_step(const Batch& batch,
                       const Globals& globals,
                       const Tensor& local) const override;
  std::vector<Tensor> initial(const InitialData& data, RandomSource& source) const override;
  /// The frame is a point [D] near the examples, about which a row of the loadings is (w_d, mu_d -
  /// frame_d).
  Globals start(const InitialData& data, RandomSource& source) const override;
  Tensor optimum(std::size_t i,
                 const Statistics& statistics,
                 const Globals& globals) const override;
  double expected_log_joint(const Statistics& statistics, const Globals& globals) const override;
  /// E[ln p(W | alpha)] belongs to the term of "loadings".
  double global_term(std::size_t i, const Globals& globals) const override;
  /// Where loadings and noise are point masses; undefined otherwise.
  Tensor log_predictive(const Batch& batch, const Globals& globals) const override;
  std::optional<LocationPrior> location_prior(const Tensor& spread) const override;
  /// Mean and standard deviation of each factor.
  Encoding encode(const Batch& batch, const Globals& globals) const override;
  Tensor sample(std::int64_t n, const Globals& globals, RandomSource& source) const override;
  Json summary(const Globals& globals) const override;

  /// E[(w_d, mu_d)], [D, Q + 1], in the frame.
  Tensor loadings(const Globals& globals) const;
  /// E[tau_d], [D].
  Tensor noise_precision(const Globals& globals) const;

 private:
  struct Posterior {
    Tensor mean;        ///< [B, Q]
    Tensor covariance;  ///< [Q, Q], of every example
    double log_det;     ///< of the covariance
  };
  /// @param x in the frame
  Posterior infer(const Tensor& x, const Globals& globals) const;
  std::vector<Tensor> start_at(const Tensor& x,
                               std::int64_t num_examples,
                               RandomSource& source) const;
  /// E[(x_d - w_d . z - mu_d)^2] summed over the examples, [D].
  Tensor expected_residual(const Statistics& statistics, const Globals& globals) const;
  Tensor loadings_optimum(const Statistics& statistics, const Globals& globals) const;
  /// Prior precision of a row of the loadings, E[alpha] and that of mu, [Q + 1]; and its logarithm.
  Tensor row_precision(const Globals& globals) const;
  Tensor row_log_precision(const Globals& globals) const;
  /// E[w_dj^2] and E[mu_d^2], [D, Q + 1].
  Tensor squares(const Globals& globals) const;

  std::int64_t num_features_, num_factors_;
  double mean_precision_;
  std::string start_;
  std::optional<Precision> noise_, relevance_;
};

}  // namespace elbow
