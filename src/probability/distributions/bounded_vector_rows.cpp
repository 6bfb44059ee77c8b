#include "distribution_rows.h"
#include "elbow/probability/distributions/dirichlet.h"
#include "elbow/probability/distributions/uniform_sphere.h"
#include "elbow/probability/distributions/von_mises_fisher.h"
#include "tensor_ops.h"

namespace elbow {

DistributionRows bounded_vector_rows() {
  DistributionRowTraits implicit_simplex{SupportKind::simplex, DistributionEvent::vector};
  implicit_simplex.explicit_noise = false;
  DistributionRowTraits implicit_sphere{SupportKind::sphere, DistributionEvent::vector};
  implicit_sphere.explicit_noise = false;
  DistributionRows rows;
  rows.push_back(distribution_row(
      "dirichlet",
      "Dirichlet by the logarithms of its concentrations",
      "Figurnov, Mohamed, Mnih, Implicit reparameterization gradients, 2018, arXiv:1805.08498",
      implicit_simplex,
      [](const Shape& batch, ExampleParameters& parameters) {
        return std::make_shared<Dirichlet>(parameters.draw(concatenate(batch, {3}), 0.4, 0.5));
      }));
  rows.push_back(distribution_row(
      "von_mises_fisher",
      "von Mises-Fisher on the unit sphere, by direction and log concentration",
      "Davidson et al., Hyperspherical variational auto-encoders, 2018, arXiv:1804.00891",
      implicit_sphere,
      [](const Shape& batch, ExampleParameters& parameters) {
        const Tensor loc = parameters.draw(concatenate(batch, {3}), 1.0);
        return std::make_shared<VonMisesFisher>(loc, parameters.draw(batch, 0.7, 0.5));
      }));
  rows.push_back(distribution_row("uniform_sphere",
                                  "uniform on the unit sphere",
                                  "",
                                  {SupportKind::sphere, DistributionEvent::vector},
                                  [](const Shape& batch, ExampleParameters& parameters) {
                                    const Tensor any =
                                        parameters.draw(concatenate(batch, {3}), 1.0);
                                    return std::make_shared<UniformSphere>(any.detach() * 0);
                                  }));
  return rows;
}

}  // namespace elbow
