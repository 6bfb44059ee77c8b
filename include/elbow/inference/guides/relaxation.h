#pragma once

#include <memory>

#include "elbow/foundations/core/factory.h"
#include "elbow/foundations/core/schedule.h"
#include "elbow/models/generative/step_scalar.h"
#include "elbow/neural/nn/module.h"
#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// How a discrete latent is drawn in training so that gradients flow through the draw: from its
/// logits l and noise n, values relax the sign of l + n, or its largest element, by a temperature.
class Relaxation : public Module {
 public:
  /// 0-dim: of the guide's draws, and of the model's relaxed p where values have a density.
  struct Temperatures {
    Tensor of_guide, of_model;
    Temperatures detach() const { return {of_guide.detach(), of_model.detach()}; }
  };
  /// What was drawn, and what scores it.
  struct Draw {
    DistributionPtr q;    ///< the discrete one, or its relaxation where values have a density
    Tensor value;         ///< [sample..., batch..., event]
    Tensor value_logits;  ///< where values have a density (Site::value_logits); else undefined
    Tensor log_prob;      ///< the same, at them
  };
  /// @param q a vector of Bernoulli variables, or one-hot ones @param at the present temperatures
  virtual Draw draw(const DistributionPtr& q,
                    const Shape& sample_shape,
                    RandomSource& source,
                    const Temperatures& at) const = 0;
  /// Whether values are those of the discrete latent, and soft are their gradients alone.
  virtual bool is_hard() const { return false; }

  void advance(const Clock& clock);
  /// With a graph to a learned one. @param device of the fixed ones
  Temperatures temperatures(at::Device device = at::kCPU) const;

 protected:
  /// Reads `temperature`, `learned`, and `prior_temperature` where the row has it.
  explicit Relaxation(const ConfigNode& node);

 private:
  SchedulePtr temperature_, prior_temperature_;  ///< null prior: the same as the guide's
  StepScalar value_{1}, prior_value_{1};
  Tensor log_temperature_;  ///< of a learned one; else undefined
};
using RelaxationPtr = std::shared_ptr<Relaxation>;

/// gumbel_softmax, concrete, straight_through, gumbel_rao. Traits: RelaxationTraits.
Factory<RelaxationPtr>& relaxation_factory();

/// What stands under the key `relaxation` of a posterior; null where nothing does.
RelaxationPtr relaxation_of(const ConfigNode& posterior);

}  // namespace elbow
