#include "elbow/probability/targets/energy.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/logaddexp.h>

#include "elbow/probability/distributions/constant.h"

namespace elbow {
namespace {

constexpr double kHalfPi = 1.57079632679489661923;
constexpr double kReach = 8;  // of the confinement

/// ln of a Gaussian bump of height 1.
Tensor log_bump(const Tensor& distance, double scale) {
  return (distance / scale).square().mul(-0.5);
}

/// z2 - w1, the height above the wave.
Tensor above_wave(const Tensor& z) { return z.select(-1, 1) - (z.select(-1, 0) * kHalfPi).sin(); }

Tensor u1(const Tensor& z) {
  // Not hypot: its gradient at the origin is 0 / 0.
  const Tensor ring = log_bump(at::linalg_vector_norm(z, 2, {-1}) - 2, 0.4);
  const Tensor z1 = z.select(-1, 0);
  return ring + at::logaddexp(log_bump(z1 - 2, 0.6), log_bump(z1 + 2, 0.6));
}

Tensor u2(const Tensor& z) { return log_bump(above_wave(z), 0.4); }

Tensor u3(const Tensor& z) {
  const Tensor rest = above_wave(z);
  const Tensor split = log_bump(z.select(-1, 0) - 1, 0.6).exp() * 3;
  return at::logaddexp(log_bump(rest, 0.35), log_bump(rest + split, 0.35));
}

Tensor u4(const Tensor& z) {
  const Tensor rest = above_wave(z);
  const Tensor split = ((z.select(-1, 0) - 1) / 0.3).sigmoid() * 3;
  return at::logaddexp(log_bump(rest, 0.4), log_bump(rest + split, 0.35));
}

}  // namespace

const std::vector<EnergyTarget::Energy>& EnergyTarget::energies() {
  // Constants by scripts/make_target_constants.py, which writes tests/golden/targets.json.
  static const std::vector<Energy> rows = {
      {"u1",
       "Ring cut into two modes",
       u1,
       true,
       {1.8775016261096953, {0, 0}, {3.3035016013235947, 1.3952778294082437}, 0}},
      {"u2",
       "Sine wave of constant width",
       u2,
       false,
       {2.8501377651012874,
        {0, 0},
        {30.591283039115233, 0.659849311447884},
        0.0007629947876490214}},
      {"u3",
       "Sine wave that splits in two and joins again",
       u3,
       false,
       {3.409719635553105,
        {-5.1508170377171805e-05, -0.13065093349918397},
        {30.592796590619805, 0.7147866732527435},
        -0.12984686318931363}},
      {"u4",
       "Sine wave that splits in two for good",
       u4,
       false,
       {3.47597515770408,
        {-0.014874060099519588, -0.6103166360336797},
        {30.577370070730773, 2.021394902398433},
        -3.165717759688686}},
  };
  return rows;
}

ComponentInfo EnergyTarget::info(const Energy& energy) {
  TargetTraits traits;
  traits.size = 2;
  ComponentInfo info =
      ComponentInfo::of(energy.name, energy.summary)
          .source(
              "Rezende, Mohamed, \"Variational inference with normalizing flows\", 2015, "
              "arXiv:1505.05770, table 1")
          .with(traits);
  if (!energy.is_proper)
    info.parameters = {
        Parameter::boolean("confined",
                           "adds (z1^4 + z2^4) / (2 * 8^4) to the energy; without it the density "
                           "is improper and its normaliser infinite")
            .defaults(true)};
  return info;
}

TargetPtr EnergyTarget::create(const Energy& energy, const ConfigNode& config) {
  return std::make_shared<EnergyTarget>(energy, !energy.is_proper && config.boolean("confined"));
}

std::optional<double> EnergyTarget::log_normaliser() const {
  if (!is_normalisable()) return std::nullopt;
  return energy_.constants.log_normaliser;
}

std::optional<Moments> EnergyTarget::moments() const {
  if (!is_normalisable()) return std::nullopt;
  const EnergyConstants& c = energy_.constants;
  return Moments{tensor_of({c.mean[0], c.mean[1]}, {2}),
                 tensor_of({c.variance[0], c.covariance, c.covariance, c.variance[1]}, {2, 2})};
}

Tensor EnergyTarget::log_density_of(const Tensor& z) const {
  const Tensor free = energy_.log_density(z);
  if (!is_confined_) return free;
  return free - (z / kReach).square().square().sum(-1) * 0.5;
}

}  // namespace elbow
