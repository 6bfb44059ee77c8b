#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "elbow/core/factory.h"
#include "elbow/core/schedule.h"
#include "elbow/models/trace.h"

namespace elbow {

/// What an objective says of a batch, in nats per example. Bigger is better, upper bounds excepted.
struct BoundTerms {
  Tensor bound;           ///< [B] the objective's value
  Tensor elbo;            ///< [B] beta = 1, no free bits
  Tensor reconstruction;  ///< [B] E_q log p(x | z)
  Tensor kl;              ///< [B] KL(q(z | x) || p(z)), or its Monte-Carlo estimate
  Tensor kl_per_unit;     ///< [L] batch mean; undefined when the KL is no sum over units
  /// Further parts by name, 0-dim batch means, for metrics.
  std::vector<std::pair<std::string, Tensor>> more = {};
};

/// What is known of the data when an objective is built.
struct ObjectiveFacts {
  std::int64_t num_examples = 1;  ///< N, in training
};

/// Derivatives in each particle's own log-weight, [K, B] each, without a graph.
struct WeightDerivatives {
  Tensor first;   ///< g_k
  Tensor second;  ///< d g_k / d log w_k, the other weights held
};

/// A bound on log p(x): what is maximised. How its gradient is estimated is the estimator's
/// business.
class Objective {
 public:
  virtual ~Objective() = default;
  /// Draws per example.
  virtual std::int64_t num_particles() const = 0;
  /// Moves the schedules (beta) to this time.
  virtual void advance(const Clock&) {}
  /// The schedules' present values by name, for metrics: {"beta", 0.5}.
  virtual std::vector<std::pair<std::string, double>> schedule_values() const { return {}; }

  /// log p(x, z_k) - log q(z_k | x), tilted as the objective asks. A site that all examples share
  /// counts 1 / N in each, so that an epoch counts it once: the ELBO per example of N examples.
  /// @return [K, B]
  virtual Tensor log_weights(const Trace& model, const Trace& guide) const;
  /// The bound from sampled log-weights.
  /// @param log_weights [K, B] @param log_masses [K, B] log weights of particles that are drawn by
  /// strata, their exponentials sum to 1 over K; undefined: 1 / K each @return [B]
  virtual Tensor reduce(const Tensor& log_weights, const Tensor& log_masses = {}) const = 0;
  /// Everything but the bound: ELBO, reconstruction, KL.
  virtual BoundTerms parts(const Trace& model, const Trace& guide) const;
  /// The bound and its named parts, with closed forms where there are any.
  virtual BoundTerms terms(const Trace& model, const Trace& guide) const;

  /// What the model's parameters maximise, and what the guide's: most objectives are both.
  virtual const Objective& for_model() const { return *this; }
  virtual const Objective& for_guide() const { return *this; }
  /// Whether the bound is an average of one number a particle, so that each particle can be judged
  /// by its own: particle_terms.
  virtual bool is_particle_mean() const { return false; }
  /// Those numbers, as far as they are sampled and depend on the guide's site `site`: what has a
  /// closed form, or stands before the site in model and guide, is left out (Rao-Blackwell). [K, B]
  virtual Tensor particle_terms(const Trace& model, const Trace& guide, std::size_t site) const;
  /// Derivatives of reduce, particles equally heavy. @param log_weights [K, B]
  virtual WeightDerivatives derivatives(const Tensor& log_weights) const;
  /// For guides that maximise no bound but sum_k s_k grad log q(z_k | x), the draws held: s_k and
  /// d s_k / d log w_k.
  virtual std::optional<WeightDerivatives> guide_coefficients(const Tensor& log_weights) const;
  /// Weight of log q(z | x) at draws (z, x) of the model in what the guide maximises.
  virtual double sleep_weight() const { return 0.0; }
  /// Whether it has a term that is no mean over examples, as a floor under the batch's mean KL is:
  /// of a batch in pieces it would be the mean of other terms, and another objective.
  virtual bool is_about_batches() const { return false; }
  /// Whether reduce is the value of one particle: the largest weight's. Then a graph of that
  /// particle is all that is needed.
  virtual bool selects_particle() const { return false; }

  void set_facts(const ObjectiveFacts& facts) { facts_ = facts; }

 protected:
  const ObjectiveFacts& facts() const { return facts_; }
  /// log density of a site's value as it counts in an example: [K, B], or [K, 1] for a shared one.
  Tensor particle_log_prob(const Site& site) const;
  /// Whether shared sites can be split over examples: not where weights of whole examples are
  /// averaged.
  virtual bool takes_global_sites() const { return false; }
  /// parts(), with closed-form KLs where there are any and `closed_forms` says so; with a graph.
  BoundTerms decompose(const Trace& model, const Trace& guide, bool closed_forms) const;

 private:
  ObjectiveFacts facts_;
};
using ObjectivePtr = std::shared_ptr<Objective>;

/// elbo, importance-weighted and Renyi bounds, and what is not a bound but maximised like one.
/// Traits: ObjectiveTraits.
Factory<ObjectivePtr, const ObjectiveFacts&>& objective_factory();

}  // namespace elbow
