#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// Von Mises-Fisher on the unit sphere of R^L, L >= 2: density proportional to exp(kappa mu'x) with
/// respect to the sphere's area, event shape [L]. log_prob is -inf where |x|^2 is further than 1e-4
/// from 1.
///
/// Draws by Wood, "Simulation of the von Mises-Fisher distribution", 1994, with a fixed number of
/// proposals; the gradient in kappa differentiates the distribution function of the angle to mu
/// implicitly, by quadrature. Davidson et al., "Hyperspherical variational auto-encoders", 2018,
/// arXiv:1804.00891.
class VonMisesFisher : public Distribution {
 public:
  /// @param loc               [batch..., L] direction of any length but 0
  /// @param log_concentration [batch...] or [batch..., 1], log kappa; kappa from 1e-3 to 1e4
  VonMisesFisher(Tensor loc, Tensor log_concentration);
  std::string name() const override { return "von_mises_fisher"; }
  Shape batch_shape() const override;
  Shape event_shape() const override;
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;
  /// KL to the uniform distribution on the sphere: [batch...].
  Tensor kl_to_uniform() const;

 private:
  Tensor direction() const;       // unit length, [batch..., L]
  Tensor log_kappa() const;       // [batch...]
  Tensor kappa() const;           // [batch...], float64
  Tensor entropy_double() const;  // [batch...], float64
  double order() const;           // L/2 - 1
  Tensor loc_, log_concentration_;
};

}  // namespace elbow
