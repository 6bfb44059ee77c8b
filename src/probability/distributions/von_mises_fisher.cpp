#include "elbow/probability/distributions/von_mises_fisher.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/where.h>
#include <c10/util/Exception.h>

#include <cmath>

#include "angle_draw.h"
#include "bessel.h"
#include "elbow/probability/distributions/normal.h"
#include "elbow/probability/distributions/uniform_sphere.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

Tensor normalised(const Tensor& x) { return x / x.norm(2, {-1}, /*keepdim=*/true); }

// Turns the first axis to `direction`: a reflection that swaps the axis with -direction or
// direction, whichever is further from it, so that nothing is divided by a small number.
Tensor turned_to(const Tensor& direction, const Tensor& y) {
  const Tensor first = direction.narrow(-1, 0, 1);
  const Tensor sign = first.detach().gt(0).to(first.scalar_type()) * 2 - 1;
  const Tensor rest = direction.narrow(-1, 1, direction.size(-1) - 1);
  const Tensor normal = at::cat({first * sign + 1, rest * sign}, -1);
  const Tensor along = (normal * y).sum(-1, /*keepdim=*/true) / (first * sign + 1);
  return (normal * along - y) * sign;
}

}  // namespace

VonMisesFisher::VonMisesFisher(Tensor loc, Tensor log_concentration)
    : loc_(std::move(loc)), log_concentration_(std::move(log_concentration)) {
  TORCH_CHECK(loc_.dim() >= 1 && loc_.size(-1) >= 2,
              "VonMisesFisher: loc needs a last dimension of at least two, got shape ",
              loc_.sizes());
  check_broadcast("VonMisesFisher",
                  "loc without its last dimension",
                  loc_.select(-1, 0),
                  "log_concentration",
                  log_kappa());
}

Tensor VonMisesFisher::log_kappa() const {
  const bool has_column =
      log_concentration_.dim() == loc_.dim() && log_concentration_.size(-1) == 1;
  return has_column ? log_concentration_.squeeze(-1) : log_concentration_;
}

Tensor VonMisesFisher::kappa() const { return log_kappa().to(at::kDouble).exp(); }

Tensor VonMisesFisher::direction() const { return normalised(loc_); }

double VonMisesFisher::order() const { return static_cast<double>(loc_.size(-1)) / 2 - 1; }

Shape VonMisesFisher::batch_shape() const {
  return broadcast_shape(loc_.select(-1, 0).sizes(), log_kappa().sizes());
}

Shape VonMisesFisher::event_shape() const { return last(loc_.sizes(), 1); }

Tensor VonMisesFisher::log_prob(const Tensor& value) const {
  check_broadcast("VonMisesFisher", "value", value, "loc", loc_);
  const Tensor outside = (value.square().sum(-1) - 1).abs().gt(1e-4);
  // On the sphere mu'x - 1 = -|x - mu|^2 / 2, which keeps its digits where kappa is large.
  const Tensor distance = (value - direction()).square().sum(-1);
  const double constant = kHalfLog2Pi * static_cast<double>(loc_.size(-1));
  const Tensor log_normaliser =
      (log_bessel_kernel(order(), kappa()) + constant).to(value.scalar_type());
  const Tensor density = log_kappa().exp() * distance * -0.5 - log_normaliser;
  return density.masked_fill(outside, -INFINITY);
}

Tensor VonMisesFisher::rsample(const Shape& sample_shape, RandomSource& source) const {
  const std::int64_t L = loc_.size(-1);
  const auto shape = concatenate(sample_shape, batch_shape());
  const Tensor angle = sphere_angle_draw(L, log_kappa(), shape, source).unsqueeze(-1);
  const Tensor noise = source.normal(concatenate(shape, {L - 1}), loc_.options());
  const Tensor y = at::cat({angle.cos(), angle.sin() * normalised(noise)}, -1);
  return turned_to(direction(), y);
}

Tensor VonMisesFisher::mean() const {
  const Tensor length = bessel_ratio(order(), kappa()).to(loc_.scalar_type());
  return direction() * length.unsqueeze(-1);
}

Tensor VonMisesFisher::variance() const {
  const double L = static_cast<double>(loc_.size(-1));
  const Tensor k = kappa(), ratio = bessel_ratio(order(), k);
  // E[x x'] = s I + (1 - L s) mu mu' with s = A / kappa.
  const Tensor s = ratio / k;
  const auto dtype = loc_.scalar_type();
  const Tensor along = (1 - s * L - ratio.square()).to(dtype).unsqueeze(-1);
  return s.to(dtype).unsqueeze(-1) + direction().square() * along;
}

Tensor VonMisesFisher::entropy_double() const {
  const Tensor k = kappa();
  const double constant = kHalfLog2Pi * static_cast<double>(loc_.size(-1));
  return k * (1 - bessel_ratio(order(), k)) + log_bessel_kernel(order(), k) + constant;
}

Tensor VonMisesFisher::entropy() const {
  return expand_to(entropy_double().to(loc_.scalar_type()), batch_shape());
}

Tensor VonMisesFisher::kl_to_uniform() const {
  const Tensor kl = UniformSphere::log_area(loc_.size(-1)) - entropy_double();
  return expand_to(kl.to(loc_.scalar_type()), batch_shape());
}

DistributionPtr VonMisesFisher::detach() const {
  return std::make_shared<VonMisesFisher>(loc_.detach(), log_concentration_.detach());
}

std::vector<std::pair<std::string, Tensor>> VonMisesFisher::parameters() const {
  return {{"loc", loc_}, {"log_concentration", log_concentration_}};
}

}  // namespace elbow
