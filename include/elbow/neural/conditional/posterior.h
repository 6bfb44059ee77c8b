#pragma once

#include "elbow/neural/conditional/conditional_distribution.h"
#include "elbow/neural/conditional/family.h"
#include "elbow/neural/flows/flow_stack.h"
#include "elbow/neural/nn/network.h"

namespace elbow {

/// What a guide's section says, read and sized.
struct PosteriorParts {
  FamilyPtr family;
  std::shared_ptr<FlowStack> flows;  ///< null: none
  NetworkPtr network;                ///< null: the parameters are learned, the same for all x
};

/// q(z | x) = flows(family(network(x))): one network gives the family's numbers and whatever the
/// flows take from x. Kingma, Welling, 2013, arXiv:1312.6114, appendix C.2; Rezende, Mohamed, 2015,
/// arXiv:1505.05770, section 3.
class Posterior : public ConditionalDistribution {
 public:
  /// Takes parts that fit each other: the network's output is the family's numbers, then the
  /// flows'.
  Posterior(PosteriorParts parts, const Shape& context_shape);
  /// Without a network every row of x gets the same.
  DistributionPtr forward(const Tensor& x) override;
  /// The numbers that x gives family and flows, [B, P].
  Tensor encode(const Tensor& x);
  /// Lets flows that begin from data (actnorm) see draws for some examples. Once, before training.
  /// @param examples gives `count` of them; empty when the weights come from a checkpoint
  void initialise(const std::function<Tensor(std::int64_t count)>& examples);
  /// q with these numbers. @param flat [..., P]
  DistributionPtr from_flat(const Tensor& flat);
  /// The family's member that these numbers say, before any flow.
  DistributionPtr base(const Tensor& flat) const;
  /// The numbers that the flows take from them, [..., C]; undefined when they ask for none.
  Tensor flow_context(const Tensor& flat) const;
  const Family& family() const { return *parts_.family; }
  const FlowStack* flows() const { return parts_.flows.get(); }
  bool is_amortised() const { return parts_.network != nullptr; }

 private:
  PosteriorParts parts_;
  std::int64_t context_dims_;
  Tensor learned_;  ///< [P] of a posterior without a network
};

/// A family with its encoder, without flows. @param posterior a row of the kind `posterior`, or one
/// with its keys @param context without a context shape its numbers are learned
std::shared_ptr<Posterior> make_encoded(FamilyPtr family,
                                        const ConfigNode& posterior,
                                        const BuildContext& context);

/// Builds what `guide` describes: `posterior` and `flows`, of latents [L]. @param context where it
/// is given nothing, such as a target's data, nothing can be amortised
std::shared_ptr<Posterior> make_posterior(const ConfigNode& guide, const BuildContext& context);

}  // namespace elbow
