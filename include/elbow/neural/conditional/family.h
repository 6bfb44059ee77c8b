#pragma once

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/factory.h"
#include "elbow/foundations/core/layout.h"
#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// A family of distributions of a latent vector, read from one flat vector of unconstrained
/// numbers: an encoder's output (amortised), or a learned vector (global).
class Family {
 public:
  virtual ~Family() = default;
  /// P, how many numbers one distribution takes.
  virtual std::int64_t num_parameters() const = 0;
  /// What the P numbers are, before any limit is applied to them.
  virtual Layout layout() const = 0;
  /// @param flat [..., P] @return batch shape [...], event shape [L]
  virtual DistributionPtr distribution(const Tensor& flat) const = 0;
  /// The same distribution for each of a batch. @param flat [P] @return batch shape [batch_size]
  virtual DistributionPtr repeated(const Tensor& flat, std::int64_t batch_size) const {
    return distribution(flat.unsqueeze(0).expand({batch_size, -1}));
  }
  /// Where a learned vector starts, [P]. Zeros, unless components have to differ.
  virtual Tensor initial() const;
  /// Numbers of a distribution centred at these locations, `scale` wide in each unit, [..., P];
  /// undefined when the family has none. @param location [..., L]
  virtual Tensor centred_at(const Tensor& location, double scale) const;
};
using FamilyPtr = std::shared_ptr<const Family>;

/// q: diag_normal, full_rank_normal, low_rank_normal, mixture_normal, and families with other tails
/// and supports. Event shape [L]. Traits: PosteriorTraits. Every row has the keys
/// `network` and `relaxation`, which are a guide's business.
Factory<FamilyPtr, const BuildContext&>& posterior_factory();

}  // namespace elbow
