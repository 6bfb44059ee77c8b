#include "response_distribution.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/erfc.h>
#include <ATen/ops/erfinv.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <limits>

#include "elbow/foundations/core/error.h"
#include "student_t.h"

namespace elbow {

namespace {

constexpr std::int64_t kNodes = 128;

class NormalResponseDistribution : public ResponseDistribution {
 public:
  explicit NormalResponseDistribution(Tensor variance) : variance_(std::move(variance)) {}
  Tensor log_density(const Tensor& deviation) const override {
    return -0.5 * ((variance_ * (2 * M_PI)).log() + deviation.square() / variance_);
  }
  Tensor standard_deviation() const override { return variance_.sqrt(); }
  Tensor half_width(double mass) const override {
    return variance_.sqrt() * at::erfinv(at::full({}, mass, at::kDouble)) * std::sqrt(2.0);
  }

 private:
  Tensor variance_;
};

class StudentResponseDistribution : public ResponseDistribution {
 public:
  StudentResponseDistribution(Tensor squared_scale, double dof)
      : squared_scale_(std::move(squared_scale)), dof_(dof) {}
  Tensor log_density(const Tensor& deviation) const override {
    const double constant = log_gamma_half_step(0.5 * dof_) - 0.5 * std::log(dof_ * M_PI);
    const Tensor square = deviation.square() / squared_scale_;
    return constant - 0.5 * squared_scale_.log() - (square / dof_).log1p() * (0.5 * (dof_ + 1));
  }
  Tensor standard_deviation() const override {
    if (dof_ <= 2) return at::full_like(squared_scale_, std::numeric_limits<double>::infinity());
    return (squared_scale_ * (dof_ / (dof_ - 2))).sqrt();
  }
  Tensor half_width(double mass) const override {
    return squared_scale_.sqrt() * student_t_half_width(mass, dof_);
  }

 private:
  Tensor squared_scale_;
  double dof_;
};

/// Where a (1 + d - e^d) is -36, d = ln(tau b / a): beyond, the density of ln tau is below 1e-15 of
/// its top. @param side -1 or 1
double edge_of_log_gamma(double concentration, double side) {
  const auto depth = [&](double d) { return concentration * (std::expm1(d) - d); };
  double inside = 0, outside = side;
  while (depth(outside) < 36) outside *= 2;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (inside + outside);
    (depth(middle) < 36 ? inside : outside) = middle;
  }
  return outside;
}

class MixtureResponseDistribution : public ResponseDistribution {
 public:
  MixtureResponseDistribution(Tensor variance, double concentration, double rate)
      : variance_(std::move(variance)), concentration_(concentration), rate_(rate) {}
  Tensor log_density(const Tensor& deviation) const override {
    const Tensor square = deviation.square();
    // A response far out is explained by noise larger than the posterior expects: the integrand
    // moves left as far as one more observation moves a gamma posterior.
    const Nodes nodes = nodes_from((square * (0.5 / rate_)).log1p());
    const Tensor each =
        -0.5 * ((nodes.variance * (2 * M_PI)).log() + square.unsqueeze(-1) / nodes.variance);
    return (each + nodes.log_weights).logsumexp({-1});
  }
  Tensor standard_deviation() const override {
    if (concentration_ <= 1)
      return at::full_like(variance_, std::numeric_limits<double>::infinity());
    return (variance_ + rate_ / (concentration_ - 1)).sqrt();
  }
  Tensor half_width(double mass) const override {
    const Nodes nodes = nodes_from(at::zeros_like(variance_));
    const Tensor scale = (nodes.variance * 2.0).sqrt(), weights = nodes.log_weights.exp();
    const Tensor normal = at::erfinv(at::full({}, mass, at::kDouble));
    // The widest node alone would need the upper end; no narrower mixture needs more.
    Tensor low = at::zeros_like(variance_), high = scale.amax(-1) * normal;
    for (int i = 0; i < 70; ++i) {
      const Tensor middle = (low + high) * 0.5;
      const Tensor outside = (at::erfc(middle.unsqueeze(-1) / scale) * weights).sum(-1);
      const Tensor is_inside = outside.gt(1 - mass);
      low = at::where(is_inside, middle, low);
      high = at::where(is_inside, high, middle);
    }
    return high;
  }

 private:
  struct Nodes {
    Tensor variance, log_weights;  ///< [B, kNodes]
  };
  /// @param further [B] how much further left than the gamma's own edge, in ln tau
  Nodes nodes_from(const Tensor& further) const {
    const double left = edge_of_log_gamma(concentration_, -1);
    const double right = edge_of_log_gamma(concentration_, 1);
    const Tensor place = at::linspace(0.0, 1.0, kNodes, at::kDouble);
    const Tensor begin = (left - further).unsqueeze(-1);
    const Tensor d = begin + (right - begin) * place;
    return {variance_.unsqueeze(-1) + (-d).exp() * (rate_ / concentration_),
            (concentration_ * (d - d.expm1())).log_softmax(-1)};
  }
  Tensor variance_;
  double concentration_, rate_;
};

}  // namespace

ResponsePtr normal_response(const Tensor& variance) {
  return std::make_unique<NormalResponseDistribution>(variance);
}

ResponsePtr student_response(const Tensor& squared_scale, double dof) {
  return std::make_unique<StudentResponseDistribution>(squared_scale, dof);
}

ResponsePtr mixture_response(const Tensor& variance, double concentration, double rate) {
  return std::make_unique<MixtureResponseDistribution>(variance, concentration, rate);
}

ResponsePtr response_with(const Tensor& variance,
                          const Precision& noise,
                          const std::vector<GlobalFactor>& factors,
                          const Globals& globals) {
  const auto gamma = noise.gamma(factors, globals);
  if (!gamma) return normal_response(variance + noise.expected(globals).reciprocal());
  return mixture_response(
      variance, gamma->first[0].item<double>(), gamma->second[0].item<double>());
}

Prediction predict_from(const ResponseDistribution& distribution,
                        const Tensor& mean,
                        const Tensor& response,
                        double mass) {
  if (!(mass > 0 && mass < 1))
    throw UsageError("the mass of an interval must lie between 0 and 1, got " +
                     std::to_string(mass));
  const Tensor half = distribution.half_width(mass);
  Prediction out{mean, distribution.standard_deviation(), mean - half, mean + half, {}};
  if (response.defined()) out.log_density = distribution.log_density(response - mean);
  return out;
}

}  // namespace elbow
