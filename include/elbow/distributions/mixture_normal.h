#pragma once

#include "elbow/distributions/distribution.h"

namespace elbow {

/// Mixture of M normals with diagonal covariance: event shape [L]. The density is exact. The choice
/// of a component has no reparameterised form, so `rsample` throws; `stratified_rsample` draws one
/// from each component instead. The entropy has no closed form: `entropy` throws.
class MixtureNormal : public Distribution {
 public:
  /// @param logits         [batch..., M] unnormalised log mixture weights
  /// @param loc, log_scale [batch..., M, L]
  MixtureNormal(Tensor logits, Tensor loc, Tensor log_scale);
  std::string name() const override { return "mixture_normal"; }
  Shape batch_shape() const override;
  Shape event_shape() const override;
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor sample(const Shape& sample_shape, RandomSource& source) const override;
  bool has_rsample() const override { return false; }
  Tensor mean() const override;
  Tensor variance() const override;
  /// @throws c10::Error always
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;
  /// Logarithms of the normalised mixture weights: [batch..., M].
  Tensor log_weights() const;
  /// One reparameterised draw z_m from each component: sum_m w_m f(z_m) has the expectation of f,
  /// and its gradient reaches the weights as well as the components.
  ///
  /// Roeder, Wu, Duvenaud, "Sticking the landing", 2017, arXiv:1703.09194, section 6; Morningstar
  /// et al., "Automatic differentiation variational inference with mixtures", 2020,
  /// arXiv:2003.01687.
  ///
  /// @return values [M, sample..., batch..., L] and log w [M, batch...]
  std::pair<Tensor, Tensor> stratified_rsample(const Shape& sample_shape,
                                               RandomSource& source) const;

 private:
  Tensor logits_, loc_, log_scale_;
};

}  // namespace elbow
