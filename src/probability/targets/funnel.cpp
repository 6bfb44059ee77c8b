#include "elbow/probability/targets/funnel.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "elbow/foundations/core/constants.h"

namespace elbow {
namespace {

constexpr double kScale = 3;  // of v

const auto kDoubles = at::TensorOptions(at::kDouble);

}  // namespace

ComponentInfo FunnelTarget::info() {
  TargetTraits traits;
  traits.has_sample = true;
  return ComponentInfo::of("funnel", "Neal's funnel: v ~ N(0, 9), x_i ~ N(0, e^v)")
      .source("Neal, \"Slice sampling\", Annals of Statistics 31(3), 2003, section 8")
      .takes({Parameter::integer("size", "dimension D: v and D - 1 others")
                  .defaults(10)
                  .at_least(2)
                  .at_most(1e6)})
      .with(traits);
}

TargetPtr FunnelTarget::create(const ConfigNode& config) {
  return std::make_shared<FunnelTarget>(config.integer("size"));
}

std::optional<Moments> FunnelTarget::moments() const {
  // E[x_i^2] = E[e^v] is the mean of a log-normal; x_i has mean 0 at each v, so nothing correlates.
  Tensor variances = at::full({size_}, std::exp(kScale * kScale / 2), kDoubles);
  variances[0].fill_(kScale * kScale);
  return Moments{at::zeros({size_}, kDoubles), variances.diag()};
}

Tensor FunnelTarget::log_density_of(const Tensor& z) const {
  const Tensor v = z.select(-1, 0), x = z.narrow(-1, 1, size_ - 1);
  const auto others = static_cast<double>(size_ - 1);
  const double constant = std::log(kScale) + kHalfLog2Pi * static_cast<double>(size_);
  // Scaled before it is squared: x^2 e^-v would be 0 times infinity deep in the neck at x = 0.
  const Tensor standardised = x * (v * -0.5).exp().unsqueeze(-1);
  const Tensor squares = (v / kScale).square() + standardised.square().sum(-1);
  return (squares + v * others).mul(-0.5) - constant;
}

Tensor FunnelTarget::draw(std::int64_t n, RandomSource& source) const {
  const Tensor noise = source.normal({1, n, size_}, kDoubles);
  const Tensor v = noise.narrow(-1, 0, 1) * kScale;
  return at::cat({v, noise.narrow(-1, 1, size_ - 1) * (v * 0.5).exp()}, -1);
}

}  // namespace elbow
