#pragma once

#include <string>
#include <vector>

#include "elbow/models/generative/generative_model.h"
#include "elbow/probability/transforms/joined_bijection.h"

namespace elbow {

/// ln p(data, z) of a model whose latents all examples share, or ln of a target, as a function of
/// one unconstrained vector for each particle: what particles and Markov chains move in. The
/// density of the vector has the bijections' determinants in it.
///
/// Kucukelbir et al., "Automatic differentiation variational inference", 2017, arXiv:1603.00788,
/// section 2.3.
class UnconstrainedJoint {
 public:
  /// Of N particles for G data sets side by side, [N, G] each.
  struct Terms {
    Tensor log_likelihood;    ///< of a whole data set, estimated where the batch is a part of it
    Tensor log_prior;         ///< of the vector: with the determinants
    Tensor of_each_response;  ///< [N, B, G] of what was observed; undefined for a target
    Tensor log_joint() const;
  };

  /// Keeps a reference. @throws std::logic_error for a model with a latent of each example
  explicit UnconstrainedJoint(GenerativeModel& model);

  /// U.
  std::int64_t size() const { return bijection_.size(); }
  /// G.
  std::int64_t num_groups() const { return num_groups_; }
  const std::vector<SiteSpec>& sites() const { return sites_; }
  /// What each latent is at these vectors. @param flat [N, G, U] @return values [N, G, event...]
  Trace values(const Tensor& flat) const;
  /// The vectors of these values. @param values [N, G, event...] of each latent, by name
  /// @return [N, G, U] @throws std::logic_error for a latent without a value
  Tensor vectors(const Trace& values) const;
  /// @param flat [N, G, U] @param num_examples N_data, of which the batch is `batch.size()`
  Terms terms(const Tensor& flat,
              const Batch& batch,
              std::int64_t num_examples,
              RandomSource& source) const;
  /// Names of the numbers of all latents' values, in order: {"theta[1]", "theta[2]", "tau"}.
  std::vector<std::string> quantities() const;

 private:
  GenerativeModel& model_;
  std::vector<SiteSpec> sites_;
  JoinedBijection bijection_;
  std::int64_t num_groups_;
};

/// Names of the numbers of a value of this shape, as summaries write them: name, name[2],
/// name[2,1], counted from 1, the last index fastest.
std::vector<std::string> names_of_numbers(const std::string& name, const Shape& shape);

}  // namespace elbow
