#include "elbow/inference/objectives/f_divergence.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "log_means.h"
#include "sampled_bound_info.h"

namespace elbow {

namespace {

/// W f'(W) - f(W) up to a constant, which counts for nothing, and its derivative in log W.
WeightDerivatives gain(FDivergence::Kind kind, const Tensor& log_ratio) {
  using Kind = FDivergence::Kind;
  const Tensor ratio = log_ratio.exp();
  switch (kind) {
    case Kind::reverse_kl:
      return {log_ratio, at::ones_like(log_ratio)};
    case Kind::forward_kl:
      return {ratio, ratio};
    case Kind::chi2:
      return {ratio.square(), 2 * ratio.square()};
    case Kind::hellinger:
      return {ratio.sqrt() - 1, ratio.sqrt() / 2};
    case Kind::total_variation:
      return {(ratio - 1).sign() / 2, at::zeros_like(ratio)};
    case Kind::jensen_shannon:
      break;
  }
  return {((ratio - 1) / 2).log1p() / 2, ratio / (ratio + 1) / 2};
}

}  // namespace

ComponentInfo FDivergence::info() {
  return ComponentInfo::of(
             "f_divergence",
             "The guide lowers an f-divergence by importance weights, the model maximises iwae")
      .source(
          "Wan, Li, Hovakimyan, f-divergence variational inference, 2020, arXiv:2009.13093, "
          "section 3")
      .takes({particles_parameter(10, "draws per example"),
              Parameter::choice("divergence",
                                {"reverse_kl",
                                 "forward_kl",
                                 "jensen_shannon",
                                 "total_variation",
                                 "hellinger",
                                 "chi2"},
                                "of the guide from the posterior")
                  .defaults("forward_kl")})
      .with(coefficient_traits());
}

ObjectivePtr FDivergence::create(const ConfigNode& node) {
  static const std::vector<std::pair<std::string, Kind>> kKinds{
      {"reverse_kl", Kind::reverse_kl},
      {"forward_kl", Kind::forward_kl},
      {"jensen_shannon", Kind::jensen_shannon},
      {"total_variation", Kind::total_variation},
      {"hellinger", Kind::hellinger},
      {"chi2", Kind::chi2}};
  Kind kind = Kind::forward_kl;
  const std::string name = node.text("divergence");
  for (const auto& [known, value] : kKinds)
    if (known == name) kind = value;
  return std::make_shared<FDivergence>(node.integer("num_particles"), kind);
}

Tensor FDivergence::reduce(const Tensor& log_weights, const Tensor& log_masses) const {
  return log_power_mean(log_weights, log_masses, /*order=*/1.0);
}

WeightDerivatives FDivergence::coefficients(const Tensor& log_weights) const {
  const Tensor log_shares = at::log_softmax(log_weights.detach().to(at::kDouble), /*dim=*/0);
  const auto count = static_cast<double>(log_weights.size(0));
  const WeightDerivatives gains = gain(kind_, log_shares + std::log(count));
  const auto type = log_weights.scalar_type();
  // A weight's own share of the sum moves the ratio by 1 - v_k.
  return {(gains.first / count).to(type), (gains.second * (1 - log_shares.exp()) / count).to(type)};
}

}  // namespace elbow
