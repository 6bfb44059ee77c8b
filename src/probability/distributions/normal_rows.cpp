#include <ATen/ops/diag_embed.h>

#include "distribution_rows.h"
#include "elbow/probability/distributions/full_rank_normal.h"
#include "elbow/probability/distributions/low_rank_normal.h"
#include "elbow/probability/distributions/mixture_normal.h"
#include "elbow/probability/distributions/normal.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

DistributionPtr normal_example(const Shape& batch, ExampleParameters& parameters) {
  const Tensor loc = parameters.draw(batch, 1.0);
  return std::make_shared<Normal>(loc, parameters.draw(batch, 0.3));
}

DistributionPtr diag_normal_example(const Shape& batch, ExampleParameters& parameters) {
  const auto shape = concatenate(batch, {2});
  const Tensor loc = parameters.draw(shape, 1.0);
  return std::make_shared<DiagNormal>(loc, parameters.draw(shape, 0.3));
}

DistributionPtr full_rank_example(const Shape& batch, ExampleParameters& parameters) {
  const Tensor loc = parameters.draw(concatenate(batch, {2}), 1.0);
  const Tensor diagonal = parameters.draw(concatenate(batch, {2}), 0.3).detach().exp();
  const Tensor below = parameters.draw(concatenate(batch, {2, 2}), 0.5).detach().tril(-1);
  const Tensor scale_tril = (below + at::diag_embed(diagonal)).requires_grad_();
  return std::make_shared<FullRankNormal>(loc, scale_tril);
}

DistributionPtr low_rank_example(const Shape& batch, ExampleParameters& parameters) {
  const Tensor loc = parameters.draw(concatenate(batch, {2}), 1.0);
  const Tensor factor = parameters.draw(concatenate(batch, {2, 1}), 0.7);
  return std::make_shared<LowRankNormal>(
      loc, factor, parameters.draw(concatenate(batch, {2}), 0.3));
}

DistributionPtr mixture_example(const Shape& batch, ExampleParameters& parameters) {
  const Tensor logits = parameters.draw(concatenate(batch, {3}), 1.0);
  const Tensor loc = parameters.draw(concatenate(batch, {3, 2}), 1.5);
  return std::make_shared<MixtureNormal>(
      logits, loc, parameters.draw(concatenate(batch, {3, 2}), 0.3));
}

}  // namespace

DistributionRows normal_rows() {
  DistributionRows rows;
  rows.push_back(distribution_row("normal",
                                  "normal, one per element, by mean and log standard deviation",
                                  "",
                                  {SupportKind::real, DistributionEvent::scalar},
                                  normal_example));
  rows.push_back(distribution_row("diag_normal",
                                  "normal with diagonal covariance over the last dimension",
                                  "",
                                  {SupportKind::real, DistributionEvent::vector},
                                  diag_normal_example));
  rows.push_back(distribution_row("full_rank_normal",
                                  "normal by the Cholesky factor of its covariance",
                                  "",
                                  {SupportKind::real, DistributionEvent::vector},
                                  full_rank_example));
  rows.push_back(distribution_row("low_rank_normal",
                                  "normal whose covariance is diagonal plus low rank",
                                  "",
                                  {SupportKind::real, DistributionEvent::vector},
                                  low_rank_example));
  DistributionRowTraits mixture{SupportKind::real, DistributionEvent::vector};
  mixture.has_rsample = mixture.has_entropy = false;
  rows.push_back(distribution_row(
      "mixture_normal",
      "mixture of normals with diagonal covariance",
      "Morningstar et al., Automatic differentiation variational inference with mixtures, 2020, "
      "arXiv:2003.01687",
      mixture,
      mixture_example));
  return rows;
}

}  // namespace elbow
