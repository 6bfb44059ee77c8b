#pragma once

#include "elbow/inference/objectives/objective.h"
#include "elbow/models/generative/step_scalar.h"

namespace elbow {

/// Evidence lower bound E_q[log p(x | z)] - beta KL(q(z | x) || p(z)), K-sample average.
///
/// Kingma, Welling, 2014, arXiv:1312.6114, equation 3; beta: Higgins et al., "beta-VAE", ICLR 2017,
/// equation 4; warm-up: Bowman et al., 2016, arXiv:1511.06349, section 3.1; free bits: Kingma et
/// al., 2016, arXiv:1606.04934, appendix C.8; capacity: Burgess et al., 2018, arXiv:1804.03599,
/// equation 8. At inverse temperature t the joint log p(x, z) is weighted by t against
/// log q(z | x), so that a guide finds all modes of a flattened density before they part: Rezende,
/// Mohamed, 2015, arXiv:1505.05770, equation 20.
class Elbo : public Objective, public ParticleMean, private BatchPenalty {
 public:
  struct Options {
    std::int64_t num_particles = 1;
    SchedulePtr beta;
    SchedulePtr inverse_temperature;  ///< null: 1
    double free_bits = 0.0;           ///< nats per unit, of posteriors and priors with units
    Kl kl = Kl::automatic;
    double free_bits_total = 0.0;  ///< nats of the whole KL
    SchedulePtr capacity;          ///< nats; null: none. Then gamma |KL - C| is the penalty
    double gamma = 1.0;
  };
  explicit Elbo(Options options);
  static ComponentInfo info();
  static ObjectivePtr create(const ConfigNode& node);

  void advance(const Clock& clock) override;
  std::vector<std::pair<std::string, double>> schedule_values() const override;
  /// Where all weights are 1, the bound is the ELBO itself.
  std::string form() const override;
  /// t log p(x, z) - log q(z), and beta on log p(z) - log q(z): what the bound is the mean of,
  /// where there are no free bits and no capacity.
  Tensor log_weights(const Trace& model, const Trace& guide) const override;
  /// Mean over particles: for K = 1 and any K an unbiased estimate of the ELBO.
  Tensor reduce(const Tensor& log_weights, const Tensor& log_masses = {}) const override;
  BoundTerms terms(const Trace& model,
                   const Trace& guide,
                   RandomSource* source = nullptr) const override;
  /// Free bits and capacity, which act on the batch mean, so that a unit may be unused for some
  /// examples.
  const BatchPenalty* batch_penalty() const override;
  const ParticleMean* particle_mean() const override { return this; }
  Tensor particle_terms(const Trace& model, const Trace& guide, std::size_t site) const override;
  std::optional<WeightDerivatives> derivatives(const Tensor& log_weights) const override;

 private:
  void apply(BoundTerms& terms, const LatentBatch& batch) const override;
  void set_weights(double beta, double inverse_temperature);
  Options options_;
  /// t; t beta; t beta + 1 - t; 1 - t
  StepScalar beta_{1}, inverse_temperature_{1}, kl_weight_{1}, guide_weight_{1}, rest_{0},
      capacity_{0};
};

}  // namespace elbow
