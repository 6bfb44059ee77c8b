#pragma once

#include "elbow/models/generative/decoder.h"
#include "elbow/runs/evaluate/evaluation.h"

namespace elbow {

/// Draws keyed by (example, particle), of the same examples as a batch.
struct PosteriorDraws {
  std::vector<std::int64_t> rows;  ///< [B]
  std::int64_t particles = 100;
  std::uint64_t seed = 1;
};

/// KL(q(z | x) || p(z | x)) of B examples, in nats. float64 on the CPU.
struct PosteriorDivergence {
  Tensor kl;        ///< [B]; not finite where q's tails are too heavy for a number
  Tensor variance;  ///< [B] of an estimate from draws, NaN of a single draw; undefined: closed form
};

/// x | z ~ N(W z + b, v I), z ~ N(0, I): the model whose posterior and evidence are known. All of
/// it in float64 on the CPU, whatever the type of x and q.
class LinearGaussianPosterior {
 public:
  /// @param weight [D, L] @param bias [D] @param variance v
  LinearGaussianPosterior(Tensor weight, Tensor bias, double variance);
  /// Reads W, b and v off an affine decoder. @param options of its latents
  static LinearGaussianPosterior of(Decoder& decoder, const at::TensorOptions& options);
  /// The same model of some of the columns: z given what was observed of an example.
  /// @param columns [d] int64, of D
  LinearGaussianPosterior of_columns(const Tensor& columns) const;

  /// log p(x). @param x [B, event...] @return [B]
  Tensor log_evidence(const Tensor& x) const;
  /// p(z | x) = N(S W'(x - b) / v, S), S = (I + W'W / v)^-1.
  DistributionPtr given(const Tensor& x) const;
  /// In closed form where q's entropy, mean and covariance have one, else from draws of q. Where q
  /// has no second moment (Student's t with at most 2 degrees of freedom) the KL is infinite; where
  /// draws have no error that could be stated (a flow over Student's t with at most 4) it is NaN.
  /// @param q batch shape [B]
  PosteriorDivergence divergence(const Distribution& q,
                                 const Tensor& x,
                                 const PosteriorDraws& draws) const;

 private:
  Tensor centred(const Tensor& x) const;     ///< [B, D]
  Tensor mean_given(const Tensor& x) const;  ///< [B, L]
  Tensor closed_form(const Distribution& q, const Tensor& covariance, const Tensor& x) const;

  Tensor weight_, bias_;  ///< [D, L], [D]
  double variance_;
  Tensor precision_, covariance_, scale_tril_;  ///< of p(z | x), [L, L]
  double log_det_;                              ///< of the precision
};

/// Where the evidence is known (affine decoder, normal likelihood of one scale, standard-normal
/// prior): the mean of log p(x), of the ELBO and of KL(q || posterior), q being what the evaluation
/// used. The check is `errors_apart`: by how many Monte-Carlo errors the ELBO of the evaluation,
/// which knows nothing of the exact posterior, lies from this one. Null for other models.
Json linear_gaussian_evidence(TrainedRun& run,
                              const Dataset& dataset,
                              const std::string& split,
                              const Evaluation& evaluation,
                              const ImportanceOptions& options);

}  // namespace elbow
