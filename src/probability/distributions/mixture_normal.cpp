#include "elbow/probability/distributions/mixture_normal.h"

#include <c10/util/Exception.h>

#include "elbow/probability/distributions/normal.h"

namespace elbow {
namespace {

DistributionPtr components_of(const Tensor& logits, const Tensor& loc, const Tensor& log_scale) {
  TORCH_CHECK(loc.dim() >= 2 && log_scale.sizes() == loc.sizes() &&
                  logits.sizes() == loc.sizes().slice(0, loc.sizes().size() - 1),
              "MixtureNormal: expected logits [batch..., M] and loc, log_scale [batch..., M, L], "
              "got shapes ",
              logits.sizes(),
              ", ",
              loc.sizes(),
              " and ",
              log_scale.sizes());
  return std::make_shared<DiagNormal>(loc, log_scale);
}

}  // namespace

MixtureNormal::MixtureNormal(const Tensor& logits, const Tensor& loc, const Tensor& log_scale)
    : Mixture(logits, components_of(logits, loc, log_scale)) {}

DistributionPtr MixtureNormal::detach() const {
  const auto& normal = dynamic_cast<const DiagNormal&>(components());
  return std::make_shared<MixtureNormal>(
      logits().detach(), normal.loc().detach(), normal.log_scale().detach());
}

}  // namespace elbow
