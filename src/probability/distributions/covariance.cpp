#include "elbow/probability/distributions/covariance.h"

#include <ATen/ops/diag_embed.h>
#include <ATen/ops/matmul.h>

#include "elbow/probability/distributions/full_rank_normal.h"
#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/low_rank_normal.h"
#include "elbow/probability/distributions/normal.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

bool has_independent_units(const Distribution& p) {
  if (dynamic_cast<const DiagNormal*>(&p) != nullptr) return true;
  const auto* product = dynamic_cast<const Independent*>(&p);
  return product != nullptr && product->num_dims() == 1 && product->base().event_shape().empty();
}

}  // namespace

std::optional<Tensor> covariance(const Distribution& p) {
  if (has_independent_units(p)) return at::diag_embed(p.variance());
  const auto shape = concatenate(p.batch_shape(), concatenate(p.event_shape(), p.event_shape()));
  if (const auto* full = dynamic_cast<const FullRankNormal*>(&p)) {
    const Tensor tril = full->scale_tril();
    return expand_to(at::matmul(tril, tril.transpose(-2, -1)), shape);
  }
  if (const auto* low = dynamic_cast<const LowRankNormal*>(&p)) {
    const Tensor& factor = low->factor();
    const Tensor shared = at::matmul(factor, factor.transpose(-2, -1));
    return expand_to(shared + at::diag_embed((low->log_diag() * 2).exp()), shape);
  }
  return std::nullopt;
}

}  // namespace elbow
