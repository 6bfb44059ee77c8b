#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/linalg_qr.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "elbow/inference/guides/amortised_guide.h"
#include "elbow/models/generative/latent_model.h"
#include "elbow/models/generative/standard_normal_prior.h"
#include "elbow/neural/conditional/conditional_distribution.h"
#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/normal.h"
#include "support/model_context.h"

namespace elbow::testing {

/// x | z ~ N(W z + b, sigma^2 I), z ~ N(0, I), W with orthogonal columns: the posterior is a
/// diagonal normal, so a diagonal guide can be exact and the evidence is known. float64.
struct LinearGaussian {
  Tensor weight, bias;  ///< [D, L], [D]
  double sigma;

  static LinearGaussian make(std::int64_t data_size, std::int64_t latent_size, double sigma) {
    const auto options = at::TensorOptions().dtype(at::kDouble);
    const auto qr = at::linalg_qr(at::randn({data_size, latent_size}, options));
    const Tensor lengths = at::rand({latent_size}, options) + 0.5;
    return {std::get<0>(qr) * lengths, at::randn({data_size}, options), sigma};
  }

  /// Posterior variance per unit: (1 + |w_j|^2 / sigma^2)^-1. @return [L]
  Tensor posterior_variance() const {
    return (weight.square().sum(0) / (sigma * sigma) + 1).reciprocal();
  }
  Tensor posterior_mean(const Tensor& x) const {
    return (x - bias).matmul(weight) / (sigma * sigma) * posterior_variance();
  }

  /// log N(x; b, W W' + sigma^2 I) from its eigen-decomposition: independent of any sample. @return
  /// [B]
  Tensor log_evidence(const Tensor& x) const {
    const Tensor lengths2 = weight.square().sum(0);
    const Tensor centred = x - bias;
    const Tensor projected2 =
        centred.matmul(weight).square() / lengths2;  // squared length along each column
    const Tensor inside = (projected2 / (lengths2 + sigma * sigma)).sum(-1);
    const Tensor outside = (centred.square().sum(-1) - projected2.sum(-1)) / (sigma * sigma);
    const double dimensions = static_cast<double>(weight.size(0)),
                 units = static_cast<double>(weight.size(1));
    const double log_det = (lengths2 + sigma * sigma).log().sum().item<double>() +
                           (dimensions - units) * 2 * std::log(sigma);
    return -(inside + outside + log_det + dimensions * 2 * kHalfLog2Pi) / 2;
  }
};

class LinearGaussianLikelihood : public ConditionalDistribution {
 public:
  explicit LinearGaussianLikelihood(LinearGaussian truth) : truth_(std::move(truth)) {}
  DistributionPtr forward(const Tensor& z) override {
    const Tensor mean = z.matmul(truth_.weight.t()) + truth_.bias;
    return std::make_shared<Independent>(
        std::make_shared<Normal>(mean, at::full_like(mean, std::log(truth_.sigma))), 1);
  }

 private:
  LinearGaussian truth_;
};

class ExactPosterior : public ConditionalDistribution {
 public:
  explicit ExactPosterior(LinearGaussian truth) : truth_(std::move(truth)) {}
  DistributionPtr forward(const Tensor& x) override {
    const Tensor mean = truth_.posterior_mean(x);
    return std::make_shared<DiagNormal>(mean,
                                        (truth_.posterior_variance().log() / 2).expand_as(mean));
  }

 private:
  LinearGaussian truth_;
};

struct LinearGaussianPair {
  LinearGaussian truth;
  std::shared_ptr<LatentModel> model;
  std::shared_ptr<AmortisedGuide> guide;

  explicit LinearGaussianPair(LinearGaussian known)
      : truth(known),
        model(std::make_shared<LatentModel>(
            std::make_shared<StandardNormalPrior>(known.weight.size(1)),
            std::make_shared<LinearGaussianLikelihood>(known),
            known.weight.size(1))),
        guide(std::make_shared<AmortisedGuide>(std::make_shared<ExactPosterior>(known))) {
    model->to(at::kDouble);
  }
  /// K draws of the guide that can be differentiated through. @param x [B, D]
  Trace propose(const Tensor& x, std::int64_t num_particles, RandomSource& source) const {
    return guide->condition({x})->draw(num_particles, source, DrawGradient::pathwise);
  }
  /// The model's log densities at them.
  Trace score(const Tensor& x, const Trace& latents) const {
    return model->score({x}, latents, no_noise());
  }
};

}  // namespace elbow::testing
