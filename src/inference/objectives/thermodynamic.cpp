#include "elbow/inference/objectives/thermodynamic.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "log_means.h"
#include "sampled_bound_info.h"

namespace elbow {

Thermodynamic::Thermodynamic(const Options& options) : Objective(options.num_particles) {
  std::vector<double> betas{0.0};
  const auto last = static_cast<double>(options.num_intervals - 1);
  for (std::int64_t i = 0; i < options.num_intervals; ++i)
    betas.push_back(i + 1 == options.num_intervals
                        ? 1.0
                        : std::pow(options.first_beta, 1.0 - static_cast<double>(i) / last));
  const std::size_t shift = options.side == Side::upper ? 1 : 0;
  for (std::size_t i = 0; i + 1 < betas.size(); ++i)
    nodes_.push_back({betas[i + shift], betas[i + 1] - betas[i]});
}

ComponentInfo Thermodynamic::info() {
  ObjectiveTraits traits = sampled_bound_traits();
  traits.is_lower_bound = Guarantee::holds("as K grows, with side lower");
  return ComponentInfo::of(
             "tvo",
             "Thermodynamic variational objective: a Riemann sum on the way from q to p(x, z)")
      .source(
          "Masrani, Le, Wood, The thermodynamic variational objective, 2019, arXiv:1907.00031, "
          "sections 3 and 4")
      .takes({particles_parameter(10, "draws per example"),
              Parameter::integer("num_intervals", "of beta in [0, 1]; 1 is the ELBO")
                  .defaults(5)
                  .at_least(1),
              Parameter::number("first_beta",
                                "end of the first interval; the others grow geometrically")
                  .defaults(0.025)
                  .above(0)
                  .below(1),
              Parameter::choice("side", {"lower", "upper"}, "left or right Riemann sum")
                  .defaults("lower")})
      .with(traits);
}

ObjectivePtr Thermodynamic::create(const ConfigNode& node) {
  Options options;
  options.num_particles = node.integer("num_particles");
  options.num_intervals = node.integer("num_intervals");
  options.first_beta = node.number("first_beta");
  options.side = node.text("side") == "lower" ? Side::lower : Side::upper;
  return std::make_shared<Thermodynamic>(options);
}

Tensor Thermodynamic::reduce(const Tensor& log_weights, const Tensor& log_masses) const {
  const Tensor exact = log_weights.to(at::kDouble);
  Tensor out = at::zeros_like(exact[0]);
  for (const Node& node : nodes_) {
    const Tensor tilted = exact * node.beta;
    const Tensor shares =
        at::softmax(log_masses.defined() ? tilted + log_masses.to(at::kDouble) : tilted, /*dim=*/0);
    out = out + (shares * exact).sum(0) * node.length;
  }
  return out.to(log_weights.scalar_type());
}

std::optional<WeightDerivatives> Thermodynamic::derivatives(const Tensor& log_weights) const {
  const Tensor exact = log_weights.detach().to(at::kDouble);
  Tensor first = at::zeros_like(exact), second = at::zeros_like(exact);
  for (const auto [beta, length] : nodes_) {
    const Tensor shares = at::softmax(exact * beta, /*dim=*/0);
    const Tensor tilt = (exact - (shares * exact).sum(0)) * beta;
    first = first + shares * (1 + tilt) * length;
    second = second + shares * (2 * (1 - shares) + tilt * (1 - 2 * shares)) * (beta * length);
  }
  return WeightDerivatives{first.to(log_weights.scalar_type()),
                           second.to(log_weights.scalar_type())};
}

}  // namespace elbow
