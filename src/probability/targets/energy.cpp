#include "elbow/probability/targets/energy.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/logaddexp.h>
#include <torch/csrc/autograd/autograd.h>

#include "elbow/probability/distributions/constant.h"
#include "elbow/probability/distributions/graph_node.h"
#include "elbow/probability/distributions/reference_operators.h"

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

/// @param reach of the confinement; 0: none
Tensor log_density_by_operators(const EnergyTarget::Energy& energy, double reach, const Tensor& z) {
  const Tensor free = energy.log_density(z);
  if (reach == 0) return free;
  return free - (z / reach).square().square().sum(-1) * 0.5;
}

}  // namespace

const std::vector<EnergyTarget::Energy>& EnergyTarget::energies() {
  // Constants by scripts/make_target_constants.py, which writes tests/golden/targets.json.
  static const std::vector<Energy> rows = {
      {"u1",
       "Ring cut into two modes",
       u1,
       kernels::Energy::u1,
       true,
       {1.8775016261096953, {0, 0}, {3.3035016013235947, 1.3952778294082437}, 0}},
      {"u2",
       "Sine wave of constant width",
       u2,
       kernels::Energy::u2,
       false,
       {2.8501377651012874,
        {0, 0},
        {30.591283039115233, 0.659849311447884},
        0.0007629947876490214}},
      {"u3",
       "Sine wave that splits in two and joins again",
       u3,
       kernels::Energy::u3,
       false,
       {3.409719635553105,
        {-5.1508170377171805e-05, -0.13065093349918397},
        {30.592796590619805, 0.7147866732527435},
        -0.12984686318931363}},
      {"u4",
       "Sine wave that splits in two for good",
       u4,
       kernels::Energy::u4,
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

namespace {

template <class Real>
void run_energy_kernel(kernels::Energy energy,
                       double reach,
                       const Tensor& z,
                       const Tensor& out,
                       const Tensor& gradient) {
  kernels::energy_density<Real>({energy,
                                 static_cast<Real>(reach),
                                 out.numel(),
                                 z.const_data_ptr<Real>(),
                                 out.mutable_data_ptr<Real>(),
                                 gradient.defined() ? gradient.mutable_data_ptr<Real>() : nullptr});
}

/// @param gradient [..., 2] is made when it is not null
Tensor energy_density(kernels::Energy energy, double reach, const Tensor& z, Tensor* gradient) {
  const at::AutoDispatchBelowADInplaceOrView below;
  const Tensor plain = z.contiguous();
  const Tensor out = at::empty(plain.sizes().slice(0, plain.sizes().size() - 1), plain.options());
  if (gradient != nullptr) *gradient = at::empty_like(plain);
  const Tensor into = gradient != nullptr ? *gradient : Tensor();
  if (plain.scalar_type() == at::kDouble)
    run_energy_kernel<double>(energy, reach, plain, out, into);
  else
    run_energy_kernel<float>(energy, reach, plain, out, into);
  return out;
}

template <class Real>
void scale_point_gradients(const Tensor& factors, const Tensor& rows, const Tensor& out) {
  const Real *const factor = factors.const_data_ptr<Real>(), *const in =
                                                                 rows.const_data_ptr<Real>();
  Real* const to = out.mutable_data_ptr<Real>();
  for (std::int64_t r = 0; r < factors.numel(); ++r) {
    to[2 * r] = factor[r] * in[2 * r];
    to[2 * r + 1] = factor[r] * in[2 * r + 1];
  }
}

/// @param factors [...] @param rows [..., 2]
Tensor scaled_rows(const Tensor& factors, const Tensor& rows) {
  const Tensor out = at::empty_like(rows);
  const auto scale = rows.scalar_type() == at::kFloat ? &scale_point_gradients<float>
                                                      : &scale_point_gradients<double>;
  scale(factors, rows, out);
  return out;
}

class EnergyBackward : public torch::autograd::Node {
 public:
  EnergyBackward(const Tensor& z, Tensor gradient, kernels::Energy energy, double reach)
      : z_(z, /*is_output=*/false), gradient_(std::move(gradient)), energy_(energy), reach_(reach) {
    set_next_edges(torch::autograd::collect_next_edges(z));
  }
  std::string name() const override { return "EnergyBackward"; }

  torch::autograd::variable_list apply(torch::autograd::variable_list&& grads) override {
    if (!grads[0].defined()) return {Tensor()};
    const Tensor gradient = still_saved(gradient_);
    if (at::GradMode::is_enabled()) return {grads[0].unsqueeze(-1) * second_gradient()};
    const at::AutoDispatchBelowADInplaceOrView below;
    return {scaled_rows(grads[0].contiguous(), gradient)};
  }

  void release_variables() override {
    z_.reset_data();
    gradient_.reset();
  }

 private:
  /// The gradient by operators, which have derivatives themselves.
  Tensor second_gradient() {
    const Tensor z = z_.unpack();
    const Tensor value = log_density_by_operators(
        EnergyTarget::energies()[static_cast<std::size_t>(energy_)], reach_, z);
    return torch::autograd::grad({value.sum()}, {z}, {}, true, true)[0];
  }

  torch::autograd::SavedVariable z_;
  Tensor gradient_;
  kernels::Energy energy_;
  double reach_;
};

}  // namespace

Tensor EnergyTarget::log_density_of(const Tensor& z) const {
  const double reach = is_confined_ ? kReach : 0;
  if (!takes_own_loops(z)) return log_density_by_operators(energy_, reach, z);
  const kernels::Energy row = energy_.kernel;
  if (!needs_graph(z)) return energy_density(row, reach, z, /*gradient=*/nullptr);
  Tensor gradient;
  Tensor out = energy_density(row, reach, z, &gradient);
  torch::autograd::set_history(out, make_graph_node<EnergyBackward>(z, gradient, row, reach));
  return out;
}

}  // namespace elbow
