#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/factory.h"
#include "elbow/foundations/core/schedule.h"
#include "elbow/inference/objectives/batch_penalty.h"
#include "elbow/inference/objectives/bound.h"
#include "elbow/inference/objectives/bound_terms.h"
#include "elbow/inference/objectives/guide_update.h"
#include "elbow/inference/objectives/particle_mean.h"
#include "elbow/inference/objectives/particle_selection.h"
#include "elbow/models/generative/trace.h"

namespace elbow {

/// A bound on log p(x) over the sites of model and guide: what is maximised. How its gradient is
/// estimated is the estimator's business. What only some objectives have, they say by an interface
/// of its own: another update for the guide, a penalty on the batch, one number or a choice of
/// particles.
class Objective : public Bound {
 public:
  /// Sites that all examples share: refused where weights of whole examples are averaged, else
  /// split over the examples.
  enum class SharedSites { refused, split };
  /// The KL: closed forms where there are any, or from the draws.
  enum class Kl { automatic, monte_carlo };

  /// Draws per example.
  std::int64_t num_particles() const { return num_particles_; }
  /// Moves the schedules (beta) to this time.
  virtual void advance(const Clock&) {}
  /// The schedules' present values by name, for metrics: {"beta", 0.5}.
  virtual std::vector<std::pair<std::string, double>> schedule_values() const { return {}; }
  /// What of the schedules' present values decides which operators a step has: a captured step
  /// holds while it stays.
  virtual std::string form() const { return {}; }

  /// log p(x, z_k) - log q(z_k | x), tilted as the objective asks. A site that all examples share
  /// counts 1 / N in each, so that an epoch counts it once: the ELBO per example of N examples.
  /// @return [K, B]
  virtual Tensor log_weights(const Trace& model, const Trace& guide) const;
  /// The bound and its named parts, with closed forms where there are any.
  /// @param source of further draws, as of a penalty; null: LibTorch's default generator
  virtual BoundTerms terms(const Trace& model,
                           const Trace& guide,
                           RandomSource* source = nullptr) const;
  /// Everything but the bound: ELBO, reconstruction, KL.
  BoundTerms parts(const Trace& model, const Trace& guide) const;
  /// The same with closed forms wherever there are any, whatever the objective takes its KL from.
  BoundTerms closed_form_parts(const Trace& model, const Trace& guide) const;

  /// What the model's parameters maximise, and what the guide's follow: most objectives are both.
  virtual const Bound& model_bound() const { return *this; }
  virtual GuideUpdate guide_update() const { return {this}; }
  /// Whether model and guide both maximise the objective's own bound, so that one loss is enough.
  bool has_one_bound() const;
  /// Null for objectives that are means over examples.
  virtual const BatchPenalty* batch_penalty() const { return nullptr; }
  bool is_about_batches() const { return batch_penalty() != nullptr; }
  /// Null where the bound is no average over particles.
  virtual const ParticleMean* particle_mean() const { return nullptr; }
  /// Null where the bound is a function of all particles.
  virtual const ParticleSelection* particle_selection() const { return nullptr; }

  /// N, in training; 1 until it is told.
  void set_num_examples(std::int64_t count) { num_examples_ = count; }

 protected:
  explicit Objective(std::int64_t num_particles,
                     SharedSites shared_sites = SharedSites::refused,
                     Kl kl = Kl::automatic)
      : num_particles_(num_particles), shared_sites_(shared_sites), kl_(kl) {}
  std::int64_t num_examples() const { return num_examples_; }
  bool uses_closed_forms() const { return kl_ == Kl::automatic; }
  /// log density of a site's value as it counts in an example: [K, B], or [K, 1] for a shared one.
  Tensor particle_log_prob(const Site& site) const;
  /// The terms with the bound E log p(x | z) - kl_weight KL, its sum one node of the graph; the
  /// other terms have none. Nothing for other devices, shared latents and weighted particles.
  std::optional<BoundTerms> in_one_sum(const Trace& model,
                                       const Trace& guide,
                                       double kl_weight) const;

 private:
  BoundTerms decompose(const Trace& model, const Trace& guide, bool closed_forms) const;

  std::int64_t num_particles_;
  SharedSites shared_sites_;
  Kl kl_;
  std::int64_t num_examples_ = 1;
};
using ObjectivePtr = std::shared_ptr<Objective>;

/// elbo, importance-weighted and Renyi bounds, and what is not a bound but maximised like one.
/// Of the data they are told the sizes. Traits: ObjectiveTraits.
Factory<ObjectivePtr, const DataContext&>& objective_factory();

}  // namespace elbow
