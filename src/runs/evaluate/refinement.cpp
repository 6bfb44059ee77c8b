#include "elbow/runs/evaluate/refinement.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/inference/guides/conditioned_distribution.h"
#include "elbow/models/generative/decoder.h"
#include "elbow/probability/distributions/masked.h"

namespace elbow {
namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEps = 1e-8;

/// Adam (Kingma, Ba, 2015, arXiv:1412.6980, algorithm 1) upwards, on plain tensors.
class Ascent {
 public:
  Ascent(const Tensor& like, double rate)
      : first_(at::zeros_like(like)), second_(at::zeros_like(like)), rate_(rate) {}

  Tensor next(const Tensor& at_point, const Tensor& gradient) {
    ++step_;
    first_ = first_ * kBeta1 + gradient * (1 - kBeta1);
    second_ = second_ * kBeta2 + gradient.square() * (1 - kBeta2);
    const Tensor mean = first_ / (1 - std::pow(kBeta1, step_));
    const Tensor scale = (second_ / (1 - std::pow(kBeta2, step_))).sqrt() + kEps;
    return at_point + rate_ * mean / scale;
  }

 private:
  Tensor first_, second_;
  double rate_;
  int step_ = 0;
};

std::vector<std::int64_t> particles_of(std::int64_t step, std::int64_t count) {
  std::vector<std::int64_t> out;
  for (std::int64_t k = 0; k < count; ++k) out.push_back(step * count + k);
  return out;
}

}  // namespace

void refuse_to_refine() {
  throw UsageError("--refine-steps: this run has no encoder whose answer could be refined");
}

DistributionPtr refine(GenerativeModel& model,
                       Posterior& posterior,
                       const Batch& batch,
                       const RefinementOptions& options) {
  const c10::InferenceMode not_here(/*enabled=*/false);
  const at::AutoGradMode with_gradients(/*enabled=*/true);
  const Batch data = batch.clone();  // an inference tensor cannot be part of a graph
  Tensor flat = posterior.encode(encoder_input(data)).detach();
  Decoder& decoder = *model.decoder();
  const auto prior = decoder.prior();
  Ascent ascent(flat, options.learning_rate);
  for (std::int64_t step = 0; step < options.steps; ++step) {
    KeyedSource source(
        options.seed, Purpose::refinement, batch.indices, particles_of(step, options.particles));
    const Tensor variable = flat.clone().requires_grad_();
    const auto q = posterior.from_flat(variable);
    const ConditionedDistribution conditioned(model.sites().front(), q, batch.size());
    const Trace draws = conditioned.draw(options.particles, source, DrawGradient::pathwise);
    const Tensor& z = draws.at("z").value();
    const Tensor bound = observed_part(decoder.decode(z), data.seen)->log_prob(data.x) +
                         prior->log_prob(z) - draws.at("z").log_prob();
    const auto gradient = torch::autograd::grad({draws.average(bound).sum()}, {variable});
    flat = ascent.next(flat, gradient.front());
  }
  return posterior.from_flat(flat)->detach();
}

DistributionPtr posterior_of(GenerativeModel& model,
                             Guide& guide,
                             const Batch& batch,
                             const RefinementOptions& options) {
  if (options.steps == 0) return only_distribution(guide, batch, model.sites());
  const std::shared_ptr<Posterior> posterior = guide.posterior_module();
  if (posterior == nullptr || !posterior->is_amortised()) refuse_to_refine();
  return refine(model, *posterior, batch, options);
}

}  // namespace elbow
