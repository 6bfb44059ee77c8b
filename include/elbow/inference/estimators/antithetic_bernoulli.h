#pragma once

#include "elbow/inference/estimators/gradient_estimator.h"

namespace elbow {

/// Gradients of Bernoulli guides from two dependent draws b1 = 1[u > sigmoid(-l)] and
/// b2 = 1[u < sigmoid(l)] of the same noise u, which agree where a latent is nearly sure.
///
/// arm: (f(b1) - f(b2)) (u - 1/2) for each logit l: Yin, Zhou, "ARM: augment-REINFORCE-merge
/// gradient", 2019, arXiv:1807.11143, theorem 1.
/// disarm: the same with u integrated out given both draws, (f(b1) - f(b2)) (-1)^b2 1[b1 != b2]
/// sigmoid(|l|) / 2: Dong, Mnih, Tucker, "DisARM", 2020, arXiv:2006.10680, section 3.
///
/// Of bounds that are means over particles; each particle is such a pair.
class AntitheticBernoulli : public GradientEstimator {
 public:
  enum class Kind { arm, disarm };
  explicit AntitheticBernoulli(Kind kind) : kind_(kind) {}
  static ComponentInfo info(Kind kind);
  Surrogate estimate(const Objective& objective, Proposals& proposals) override;

 private:
  /// What multiplies f(b1) - f(b2), [K, B, L].
  Tensor slopes(const Tensor& noise,
                const Tensor& logits,
                const Tensor& first,
                const Tensor& second) const;
  Kind kind_;
};

}  // namespace elbow
