#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_inv.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>

#include "elbow/distributions/normal.h"
#include "elbow/evaluate/evaluation.h"

namespace elbow {

namespace {

/// x | z ~ N(W z + b, scale^2 I), z ~ N(0, I), all float64 on the CPU.
struct LinearGaussian {
  Tensor weight;  ///< [D, L]
  Tensor bias;    ///< [D]
  double variance = 1;
};

/// Affine decoder and one normal scale: read off the configuration, since a function cannot be
/// asked whether it is affine.
bool is_linear_gaussian(const ConfigNode& config) {
  const ConfigNode model = config.child("model");
  if (model.type() != "latent") return false;
  const ConfigNode likelihood = model.child("likelihood");
  if (model.child("prior").type() != "standard_normal" || likelihood.type() != "normal")
    return false;
  if (likelihood.text("scale") == "per_pixel") return false;
  const ConfigNode network = likelihood.child("network");
  return network.type() == "mlp" && network.integers("hidden_sizes").empty() &&
         network.text("normalization") == "none";
}

LinearGaussian read_off(GenerativeModel& model, const at::TensorOptions& options) {
  const std::int64_t units = model.latent_size();
  // Row 0 is the origin, the others the unit vectors.
  const Tensor z = at::cat({at::zeros({1, units}, options), at::eye(units, options)});
  const auto dist = model.decode(z);
  const Tensor mean = dist->mean().flatten(1).to(at::kCPU, at::kDouble);
  LinearGaussian out;
  out.bias = mean[0];
  out.weight = (mean.narrow(0, 1, units) - out.bias).t().contiguous();
  out.variance = dist->variance().flatten()[0].item<double>();
  return out;
}

}  // namespace

Json linear_gaussian_identity(TrainedRun& run,
                              const Dataset& dataset,
                              const std::string& split,
                              const std::vector<std::int64_t>& rows) {
  if (!is_linear_gaussian(run.node())) return nullptr;
  const c10::InferenceMode inference;
  const auto options = at::TensorOptions().dtype(dtype_of(run.node())).device(run.device);
  const LinearGaussian lg = read_off(*run.modules.model, options);
  const double log_2pi = 2 * kHalfLog2Pi, dimensions = static_cast<double>(lg.weight.size(0));
  const std::int64_t units = lg.weight.size(1);
  // Posterior N(S W'(x-b)/v, S), S = (I + W'W/v)^-1; evidence by the matrix determinant and
  // inversion lemmas.
  const Tensor gram = lg.weight.t().mm(lg.weight) / lg.variance;
  const Tensor precision = at::eye(units, gram.options()) + gram;
  const Tensor covariance = at::linalg_inv(precision);
  const double log_det = 2 * at::linalg_cholesky(precision).diagonal().log().sum().item<double>();
  double evidence = 0, elbo = 0, kl = 0;
  constexpr std::size_t kBatch = 1000;
  for (std::size_t begin = 0; begin < rows.size(); begin += kBatch) {
    const std::vector<std::int64_t> part(
        rows.begin() + static_cast<std::ptrdiff_t>(begin),
        rows.begin() + static_cast<std::ptrdiff_t>(std::min(rows.size(), begin + kBatch)));
    const Tensor x = dataset.batch(split, part, /*epoch=*/0);
    const auto q = run.modules.guide->posterior(x);
    const Tensor mean = q->mean().to(at::kCPU, at::kDouble),
                 scale2 = q->variance().to(at::kCPU, at::kDouble);
    const Tensor centred = x.flatten(1).to(at::kCPU, at::kDouble) - lg.bias;
    const Tensor projected = centred.mm(lg.weight) / lg.variance;  // [B, L]
    const Tensor exact_mean = projected.mm(covariance);
    const Tensor square = centred.square().sum(1) / lg.variance - (projected * exact_mean).sum(1);
    evidence += (-(square + dimensions * (log_2pi + std::log(lg.variance)) + log_det) / 2)
                    .sum()
                    .item<double>();
    const Tensor residual = centred - mean.mm(lg.weight.t());
    const Tensor trace = (scale2 * gram.diagonal()).sum(1);
    const Tensor expected = -(residual.square().sum(1) / lg.variance + trace +
                              dimensions * (log_2pi + std::log(lg.variance))) /
                            2;
    const Tensor to_prior = (mean.square() + scale2 - scale2.log() - 1).sum(1) / 2;
    elbo += (expected - to_prior).sum().item<double>();
    const Tensor delta = mean - exact_mean;
    const Tensor to_posterior =
        ((delta.mm(precision) * delta).sum(1) + (scale2 * precision.diagonal()).sum(1) -
         static_cast<double>(units) - log_det - scale2.log().sum(1)) /
        2;
    kl += to_posterior.sum().item<double>();
  }
  const double count = static_cast<double>(rows.size());
  return {{"log_evidence", evidence / count},
          {"exact_elbo", elbo / count},
          {"kl_to_posterior", kl / count},
          {"identity_error", (evidence - elbo - kl) / count}};
}

}  // namespace elbow
