#pragma once

#include "elbow/inference/objectives/objective.h"

namespace elbow {

/// The ELBO with a penalty on the aggregated posterior q(z) = (1/N) sum_n q(z | x_n). The guide has
/// one site.
class PenalisedElbo : public Objective {
 public:
  PenalisedElbo(std::int64_t num_particles, std::unique_ptr<const BatchPenalty> penalty)
      : Objective(num_particles), penalty_(std::move(penalty)) {}
  /// The ELBO: what of the objective is a function of log-weights.
  Tensor reduce(const Tensor& log_weights, const Tensor& log_masses = {}) const override;
  BoundTerms terms(const Trace& model,
                   const Trace& guide,
                   RandomSource* source = nullptr) const override;
  const BatchPenalty* batch_penalty() const override { return penalty_.get(); }

 private:
  std::unique_ptr<const BatchPenalty> penalty_;
};

/// log p(x | z) - alpha I(z; n) - beta TC(z) - gamma sum_j KL(q(z_j) || p(z_j)): the KL of the ELBO
/// in its three parts, index-code mutual information, total correlation and dimension-wise KL. At
/// alpha = beta = gamma = 1 they add up to it. q(z) is estimated from the batch, weighted as a
/// sample of the data set (minibatch_weighted, biased up) or with the example itself counted once
/// (minibatch_stratified, unbiased before the logarithm).
///
/// Chen, Li, Grosse, Duvenaud, "Isolating sources of disentanglement in VAEs", 2018,
/// arXiv:1802.04942, equation 2, sections 3 and 4, appendix C; Kim, Mnih, 2018, arXiv:1802.05983.
class TotalCorrelation : public BatchPenalty {
 public:
  enum class Weighting { weighted, stratified };
  struct Options {
    double alpha = 1.0, beta = 6.0, gamma = 1.0;
    Weighting weighting = Weighting::stratified;
  };
  explicit TotalCorrelation(const Options& options) : options_(options) {}
  static ComponentInfo info();
  static ObjectivePtr create(const ConfigNode& node);
  void apply(BoundTerms& terms, const LatentBatch& batch) const override;

 private:
  /// log weight of example j in q(z_i): [B, B].
  Tensor log_example_weights(std::int64_t batch,
                             std::int64_t num_examples,
                             const at::TensorOptions& options) const;
  Options options_;
};

/// The ELBO minus a penalty on the covariance of the aggregated posterior: off_diagonal
/// sum_{i != j} C_ij^2 + diagonal sum_i (C_ii - 1)^2. Kind 1: C is the covariance of the encoder's
/// means; kind 2: the mean of its covariances besides, which makes it that of z.
/// Kumar, Sattigeri, Balakrishnan, "Variational inference of disentangled latent concepts", 2018,
/// arXiv:1711.00848, equations 5 to 7.
class DisentangledPrior : public BatchPenalty {
 public:
  struct Options {
    int kind = 2;
    double off_diagonal = 10.0, diagonal = 5.0;
  };
  explicit DisentangledPrior(const Options& options) : options_(options) {}
  static ComponentInfo info();
  static ObjectivePtr create(const ConfigNode& node);
  void apply(BoundTerms& terms, const LatentBatch& batch) const override;

 private:
  Options options_;
};

/// log p(x | z) - (1 - alpha) KL - (alpha + lambda - 1) MMD(q(z), p(z)), the maximum mean
/// discrepancy estimated without bias from the batch's draws and as many of the prior: InfoVAE; at
/// alpha = 1 a Wasserstein autoencoder, whose guide pays for its aggregate alone.
/// Zhao, Song, Ermon, "InfoVAE", 2019, arXiv:1706.02262, equation 6; Tolstikhin et al.,
/// "Wasserstein auto-encoders", 2018, arXiv:1711.01558, section 4.
class MaximumMeanDiscrepancy : public BatchPenalty {
 public:
  enum class Kernel { inverse_multiquadric, gaussian };
  struct Options {
    double alpha = 0.0, lambda = 10.0;
    Kernel kernel = Kernel::inverse_multiquadric;
    double bandwidth = 1.0;  ///< squared length scale, in units of 2 L
  };
  explicit MaximumMeanDiscrepancy(const Options& options) : options_(options) {}
  static ComponentInfo info();
  static ObjectivePtr create(const ConfigNode& node);
  void apply(BoundTerms& terms, const LatentBatch& batch) const override;

 private:
  /// k(a_i, b_j). @param a [..., M, L] @param b [..., M, L] @return [..., M, M]
  Tensor kernel(const Tensor& a, const Tensor& b) const;
  Options options_;
};

}  // namespace elbow
