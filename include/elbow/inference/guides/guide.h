#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "elbow/data/dataset/batch.h"
#include "elbow/foundations/core/schedule.h"
#include "elbow/models/generative/site_spec.h"
#include "elbow/models/generative/trace.h"
#include "elbow/neural/nn/module.h"

namespace elbow {

class Posterior;

/// Whether a draw can be differentiated through: by the path from the guide's parameters to the
/// value, or not at all.
enum class DrawGradient { pathwise, none };

class ConditionedGuide;
using ConditionedGuidePtr = std::shared_ptr<const ConditionedGuide>;

/// q(z | batch): what a guide says of a batch, found once, however often it is drawn from and
/// scored. It has a graph to the guide's parameters.
class ConditionedGuide {
 public:
  virtual ~ConditionedGuide() = default;
  /// K independent draws of every latent for each example. A density has a gradient in the guide's
  /// parameters whatever `gradient` is. Where a family has no reparameterised draw, pathwise ones
  /// come by strata (particle weights), or without a gradient where it is discrete.
  /// @return values [K, B, event...], or [K, event...] of sites that all examples share
  virtual Trace draw(std::int64_t num_particles,
                     RandomSource& source,
                     DrawGradient gradient) const = 0;
  /// What training differentiates: pathwise draws, of discrete latents with a relaxation relaxed
  /// ones.
  virtual Trace draw_relaxed(std::int64_t num_particles, RandomSource& source) const {
    return draw(num_particles, source, DrawGradient::pathwise);
  }
  /// The model's trace at draws of this guide, with the relaxation of p in place of p for latents
  /// whose relaxed values have a density; of all others as it is.
  virtual Trace relaxed(const Trace& model, const Trace& /*latents*/) const { return model; }
  /// The same where some sites already have a value, [K, B, event...]: draws the others given them.
  /// @return every site @throws UsageError where the guide cannot, or does not need to
  virtual Trace draw_given(const Trace& values,
                           std::int64_t num_particles,
                           RandomSource& source,
                           DrawGradient gradient) const;
  /// log q of given values of every site (sleep phase, forward KL, enumeration): a site's
  /// distribution is the one given the others' values.
  virtual Trace score(const Trace& values) const = 0;
  /// The same, detached from the guide's parameters as far as they have been used: what a
  /// score uses of them is its own business.
  virtual ConditionedGuidePtr detach() const = 0;
  /// q of one site given values of those that it depends on, [B] or [K, B]: where it lies, and what
  /// else its traits say; null where nothing is known. @param given of the sites before it
  virtual DistributionPtr distribution(const std::string& site, const Trace& given) const = 0;
  /// What is to be maximised beside the bound, a mean over the batch by name: how well the guide
  /// predicts labels. Undefined: nothing. 0-dim
  virtual std::pair<std::string, Tensor> supervision() const { return {}; }
};

/// What values a guide's relaxed draws have: soft ones stand for a latent that is discrete, hard
/// ones are its own, and soft are their gradients alone.
enum class RelaxedValues { none, hard, soft };

/// q(z | x): what is learned to approximate the posterior over a model's latents.
class Guide : public Module {
 public:
  /// What it says of these examples. Runs the encoder, where there is one.
  virtual ConditionedGuidePtr condition(const Batch& batch) = 0;
  /// Moves what follows a schedule (temperatures) to this time.
  virtual void advance(const Clock&) {}
  /// The present values of what changes, by name, for metrics: {"temperature", 0.5}.
  virtual std::vector<std::pair<std::string, double>> schedule_values() const { return {}; }
  /// Of all latents together: soft as soon as one is.
  virtual RelaxedValues relaxed_values() const { return RelaxedValues::none; }
  /// q(z | x) as family, encoder and flows: what refinement, priors made of posteriors and export
  /// of an encoder are about. Null for guides that are not that.
  virtual std::shared_ptr<Posterior> posterior_module() { return nullptr; }
  /// The same of one latent, where the guide is a product over latents and q of this one is given x
  /// alone.
  virtual std::shared_ptr<Posterior> posterior_of(const std::string& /*site*/) {
    return posterior_module();
  }
};
using GuidePtr = std::shared_ptr<Guide>;

/// A value that stands for each latent, given those of the sites before it: the mean where it is
/// known. @param sites the model's @return sites with distribution and value [B, event...]. Sites
/// of whose distribution nothing is known are left out
Trace locations(const ConditionedGuide& q, const std::vector<SiteSpec>& sites);

/// q of the only latent of a model, given a batch. @throws std::logic_error for a model of none, or
/// of several
DistributionPtr only_distribution(Guide& guide,
                                  const Batch& batch,
                                  const std::vector<SiteSpec>& sites);

}  // namespace elbow
