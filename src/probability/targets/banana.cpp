#include "elbow/probability/targets/banana.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>

#include <cmath>

#include "elbow/probability/distributions/constant.h"

namespace elbow {
namespace {

constexpr double kLog2Pi = 1.83787706640934548356;

}  // namespace

ComponentInfo BananaTarget::info() {
  TargetTraits traits;
  traits.has_sample = true;
  traits.size = 2;
  return ComponentInfo::of("banana",
                           "Twisted Gaussian: z1 ~ N(0, scale^2), z2 ~ N(bend (z1^2 - scale^2), 1)")
      .source(
          "Haario, Saksman, Tamminen, \"Adaptive proposal distribution for random walk Metropolis "
          "algorithm\", Computational Statistics 14(3), 1999, section 5")
      .takes({Parameter::number("scale", "standard deviation of z1").defaults(10).above(0),
              Parameter::number("bend", "curvature: 0.03 is moderately twisted, 0.1 strongly")
                  .defaults(0.03)})
      .with(traits);
}

TargetPtr BananaTarget::create(const ConfigNode& config) {
  return std::make_shared<BananaTarget>(config.number("scale"), config.number("bend"));
}

std::optional<Moments> BananaTarget::moments() const {
  // z1^2 has variance 2 scale^4, and the third moment of z1, which the covariance needs, is 0.
  const double square = scale_ * scale_;
  const double second = 1 + 2 * bend_ * bend_ * square * square;
  return Moments{tensor_of({0, 0}, {2}), tensor_of({square, 0, 0, second}, {2, 2})};
}

Tensor BananaTarget::log_density_of(const Tensor& z) const {
  const Tensor z1 = z.select(-1, 0);
  const Tensor rest = z.select(-1, 1) - (z1.square() - scale_ * scale_) * bend_;
  return ((z1 / scale_).square() + rest.square()).mul(-0.5) - (kLog2Pi + std::log(scale_));
}

Tensor BananaTarget::draw(std::int64_t n, RandomSource& source) const {
  const Tensor noise = source.normal({1, n, 2}, at::TensorOptions(at::kDouble));
  const Tensor z1 = noise.select(-1, 0) * scale_;
  return at::stack({z1, noise.select(-1, 1) + (z1.square() - scale_ * scale_) * bend_}, -1);
}

}  // namespace elbow
