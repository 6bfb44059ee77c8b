#pragma once

#include "elbow/objectives/objective.h"

namespace elbow {

/// Evidence lower bound E_q[log p(x | z)] - beta KL(q(z | x) || p(z)), K-sample average.
///
/// Kingma, Welling, 2014, arXiv:1312.6114, equation 3; beta: Higgins et al., "beta-VAE", ICLR 2017,
/// equation 4; warm-up: Bowman et al., 2016, arXiv:1511.06349, section 3.1; free bits: Kingma et
/// al., 2016, arXiv:1606.04934, appendix C.8. At inverse temperature t the joint log p(x, z) is
/// weighted by t against log q(z | x), so that a guide finds all modes of a flattened density
/// before they part: Rezende, Mohamed, 2015, arXiv:1505.05770, equation 20.
class Elbo : public Objective {
 public:
  enum class Kl { automatic, monte_carlo };
  struct Options {
    std::int64_t num_particles = 1;
    SchedulePtr beta;
    SchedulePtr inverse_temperature;  ///< null: 1
    double free_bits = 0.0;           ///< nats per unit
    Kl kl = Kl::automatic;
  };
  explicit Elbo(Options options);
  static ComponentInfo info();
  static ObjectivePtr create(const ConfigNode& node);

  std::int64_t num_particles() const override { return options_.num_particles; }
  void advance(const Clock& clock) override;
  std::vector<std::pair<std::string, double>> schedule_values() const override;
  /// Mean over particles: for K = 1 and any K an unbiased estimate of the ELBO.
  Tensor reduce(const Tensor& log_weights) const override;
  BoundTerms terms(const Trace& model, const Trace& guide) const override;

 private:
  Tensor penalty(const BoundTerms& terms) const;
  /// What is trained, of terms that are otherwise complete.
  Tensor bound(const BoundTerms& terms, const Trace& guide) const;
  Options options_;
  double beta_ = 1.0, inverse_temperature_ = 1.0;
};

}  // namespace elbow
