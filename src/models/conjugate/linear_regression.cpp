#include "elbow/models/conjugate/linear_regression.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cholesky_solve.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/probability/families/normal.h"
#include "elbow/probability/families/normal_gamma.h"
#include "filled.h"
#include "normal_weights.h"
#include "regression_frame.h"
#include "regression_rows.h"
#include "start.h"

namespace elbow {

namespace {

/// N(0, (precision)^-1 I) in the family of the posterior.
GlobalFactor weights_factor(bool is_full, std::int64_t size, double precision) {
  const auto family = std::make_shared<NormalFamily>(is_full ? size : 1);
  const Tensor scale = is_full ? at::eye(size, at::kDouble) : at::ones({size, 1, 1}, at::kDouble);
  const Tensor location =
      is_full ? at::zeros({size}, at::kDouble) : at::zeros({size, 1}, at::kDouble);
  return {"weights", family, family->natural({location, scale * precision})};
}

GlobalFactor joint_factor(std::int64_t size, double precision, const PrecisionPrior& noise) {
  const auto family = std::make_shared<NormalGammaFamily>(size);
  const Tensor concentration = filled({}, noise.concentration), rate = filled({}, noise.rate);
  GlobalFactor out{"weights_and_noise",
                   family,
                   family->natural({at::zeros({size}, at::kDouble),
                                    at::eye(size, at::kDouble) * precision,
                                    concentration,
                                    rate})};
  out.framed_prior = [=](const Tensor& packed) {
    const RegressionFrame frame(packed);
    const Tensor each = filled({size}, precision);
    Tensor natural = family->natural(
        {at::zeros({size}, at::kDouble), frame.precision_inward(each), concentration, rate});
    // Around w = 0, of which w' is a large number: as if it were an observation, which is exact.
    natural[1] += -0.5 * precision * frame.shift().square().sum();
    natural.narrow(0, 2, size) += frame.weighted_inward(each, at::zeros({size}, at::kDouble));
    return natural;
  };
  return out;
}

}  // namespace

ComponentInfo LinearRegression::info() {
  ModelTraits traits;
  traits.fitting = Fitting::closed_form;
  traits.events = {EventKind::vector};
  traits.needs_response = true;
  return ComponentInfo::of(
             "linear_regression",
             "Bayesian linear regression on fixed basis functions; the response is the last column")
      .source("Bishop, Pattern Recognition and Machine Learning, 2006, sections 3.3 and 10.3")
      .takes({Parameter::component("basis", "basis", "functions of the inputs that are weighted")
                  .defaults({{"type", "linear"}}),
              Parameter::component("noise", "noise", "of the response")
                  .defaults({{"type", "learned"}}),
              Parameter::component(
                  "weight_prior", "weight_prior", "of the weights, the intercept's too")
                  .defaults({{"type", "fixed"}}),
              Parameter::choice(
                  "posterior",
                  {"full", "factorised", "normal_gamma"},
                  "of the weights: all correlations, none, or exact together with a learned "
                  "noise, by which the fixed prior precision is then multiplied")
                  .defaults("full")})
      .with(traits);
}

LinearRegression::LinearRegression(const ConfigNode& node, const DataContext& data)
    : num_inputs_(count_inputs(node, data)),
      posterior_(node.text("posterior")),
      basis_(basis_factory().create(node.child("basis"), num_inputs_)) {
  const PrecisionPrior noise = noise_factory().create(node.child("noise"));
  const PrecisionPrior weight = weight_prior_factory().create(node.child("weight_prior"));
  const std::int64_t size = basis_->size();
  prior_precision_ = weight.known ? *weight.known : weight.concentration / weight.rate;
  if (is_joint()) {
    if (noise.known || !weight.known)
      node.refuse("normal_gamma is the posterior of learned noise and a fixed weight prior",
                  "set noise.type=learned and weight_prior.type=fixed, or posterior=full",
                  "posterior");
    factors_.push_back(joint_factor(size, *weight.known, noise));
    return;
  }
  // With a learned precision the prior given here is a start only; see global_term().
  factors_.push_back(weights_factor(posterior_ == "full", size, prior_precision_));
  weight_precision_.emplace(weight, weight.is_for_each ? size : 1, "weight_precision", factors_);
  noise_.emplace(noise, 1, "noise", factors_);
}

LinearRegression::Moments LinearRegression::moments(const Globals& globals) const {
  const std::int64_t size = basis_->size();
  const Tensor& mean = globals.mean(0);
  if (is_joint())
    return {mean[0],
            mean[1],
            mean.narrow(0, 2, size),
            mean.narrow(0, 2 + size, size * size).view({size, size})};
  WeightMoments weights = weight_moments(mean, posterior_ == "full" ? size : 1);
  if (posterior_ == "factorised" && globals.frame().defined()) {
    const Tensor first = framed_weights(globals);
    weights = {first, first.outer(first) + framed_covariance(globals)};
  } else if (posterior_ == "factorised") {
    const Tensor first = weights.first.squeeze(-1);
    Tensor second = first.outer(first);
    second.diagonal().copy_(weights.second.flatten());
    weights = {first, second};
  }
  const Tensor precision = noise_->expected(globals)[0];
  return {noise_->expected_log(globals)[0],
          precision,
          weights.first * precision,
          weights.second * precision};
}

LocalStep LinearRegression::local_step(const Batch& batch,
                                       const Globals& globals,
                                       const Tensor&) const {
  const auto [phi, y] = framed_rows(batch.x, globals);
  const Moments m = moments(globals);
  LocalStep out;
  out.statistics.parts = {
      phi.transpose(0, 1).matmul(phi), y.matmul(phi), filled({}, fixed_sum(y.square()))};
  out.statistics.count = static_cast<double>(batch.size());
  const Tensor square = y.square() * m.precision - y * phi.matmul(m.weighted) * 2.0 +
                        (phi.matmul(m.second) * phi).sum(-1);
  out.bound = (m.log_precision - std::log(2 * M_PI) - square) * 0.5;
  return out;
}

double LinearRegression::expected_log_joint(const Statistics& statistics,
                                            const Globals& globals) const {
  const Moments m = moments(globals);
  const Tensor square = statistics.parts.at(2) * m.precision -
                        statistics.parts.at(1).dot(m.weighted) * 2.0 +
                        fixed_sum(statistics.parts.at(0) * m.second);
  const Tensor each = m.log_precision - std::log(2 * M_PI);
  return 0.5 * (each * statistics.count - square).item<double>();
}

std::vector<Tensor> LinearRegression::initial(const InitialData& data, RandomSource& source) const {
  const RegressionRows rows = regression_rows(some_rows(data, source).x, num_inputs_);
  const double variance = rows.response.var(0, /*unbiased=*/false).item<double>();
  // Noise as large as the response itself; a constant response leaves the scale open.
  const Tensor precision = filled({1}, variance > 0 ? 1.0 / variance : 1.0);
  const std::int64_t size = basis_->size();
  if (is_joint())
    return {factors_[0].family->natural({at::zeros({size}, at::kDouble),
                                         at::eye(size, at::kDouble),
                                         filled({}, 2.0),
                                         2.0 / precision[0]})};
  std::vector<Tensor> out{weights_factor(posterior_ == "full", size, 1.0).prior};
  if (weight_precision_->is_learned()) out.push_back(weight_precision_->start(factors_));
  if (noise_->is_learned()) out.push_back(noise_->start(precision, factors_));
  return out;
}

Tensor LinearRegression::joint_statistics(const Statistics& statistics) const {
  const Tensor ends =
      at::stack({filled({}, 0.5 * statistics.count), statistics.parts.at(2) * -0.5});
  return at::cat({ends, statistics.parts.at(1), statistics.parts.at(0).flatten() * -0.5});
}

std::pair<Tensor, Tensor> LinearRegression::exact_posterior(const Statistics& statistics,
                                                            const Globals& globals) const {
  const Tensor noise = noise_->expected(globals)[0];
  Tensor precision = statistics.parts.at(0) * noise, weighted = statistics.parts.at(1) * noise;
  if (factors_[0].is_flat) return {precision, weighted};
  const RegressionFrame frame(globals.frame());
  const Tensor prior = weight_precision_->expected(globals).expand({basis_->size()});
  if (!frame.is_identity())
    weighted = weighted + frame.weighted_inward(prior, at::zeros({basis_->size()}, at::kDouble));
  return {precision + frame.precision_inward(prior), weighted};
}

Tensor LinearRegression::weights_optimum(const Statistics& statistics,
                                         const Globals& globals) const {
  const auto [precision, weighted] = exact_posterior(statistics, globals);
  const Tensor full = checked_natural(weighted, precision, "weights", factors_[0].is_flat);
  if (posterior_ == "full") return full;
  const Tensor location =
      at::cholesky_solve(weighted.unsqueeze(-1), at::linalg_cholesky(precision)).squeeze(-1);
  const RegressionFrame frame(globals.frame());
  if (frame.is_identity()) {
    const Tensor own = precision.diagonal();
    return at::stack({own * location, own * -0.5}, -1);
  }
  Tensor own = frame.squares_outward(statistics.parts.at(0)) * noise_->expected(globals)[0];
  if (!factors_[0].is_flat) own = own + weight_precision_->expected(globals);
  return at::stack({own * frame.outward(location), own * -0.5}, -1);
}

Tensor LinearRegression::weight_squares(const Globals& globals) const {
  const Tensor& mean = globals.mean(0);
  if (globals.frame().defined()) return weights(globals).square() + covariance(globals).diagonal();
  if (posterior_ == "factorised") return mean.select(-1, 1);
  return weight_moments(mean, basis_->size()).second.diagonal();
}

Tensor LinearRegression::expected_residual(const Statistics& statistics,
                                           const Globals& globals) const {
  const Moments m = moments(globals);
  const Tensor weighted =
      statistics.parts.at(1).dot(m.weighted) * 2.0 - fixed_sum(statistics.parts.at(0) * m.second);
  return (statistics.parts.at(2) - weighted / m.precision).reshape({1});
}

Tensor LinearRegression::optimum(std::size_t i,
                                 const Statistics& statistics,
                                 const Globals& globals) const {
  if (is_joint()) {
    const Tensor out = factors_[0].prior_in(globals.frame()) + joint_statistics(statistics);
    const std::int64_t size = basis_->size();
    checked_natural(out.narrow(0, 2, size),
                    out.narrow(0, 2 + size, size * size).view({size, size}) * -2.0,
                    "weights",
                    factors_[0].is_flat);
    if (!factors_[0].family->problem(out).empty())
      throw DataError("weights_and_noise: nothing is left over for the noise",
                      "use fewer features, more examples, or a gamma prior on the noise");
    return out;
  }
  if (i == 0) return weights_optimum(statistics, globals);
  if (noise_->is_factor(i))
    return noise_->optimum(statistics.count, expected_residual(statistics, globals), factors_);
  if (factors_[0].is_flat) return weight_precision_->idle(factors_);
  const Tensor squares = weight_squares(globals);
  if (weight_precision_->size() > 1) return weight_precision_->optimum(1.0, squares, factors_);
  return weight_precision_->optimum(
      static_cast<double>(basis_->size()), squares.sum(0, /*keepdim=*/true), factors_);
}

double LinearRegression::global_term(std::size_t i, const Globals& globals) const {
  const GlobalFactor& factor = factors_.at(i);
  const double log_det = RegressionFrame(globals.frame()).log_det();
  if (i > 0 || factor.is_flat) return ConjugateModel::global_term(i, globals);
  if (is_joint()) return joint_term(globals);
  const double prior = expected_log_normal(weight_precision_->expected_log(globals),
                                           weight_precision_->expected(globals),
                                           weight_squares(globals));
  if (factor.is_point) return prior;
  if (posterior_ == "factorised" && globals.frame().defined()) {
    // From the variances: natural parameters of 1e18 times a mean swallow their logarithms.
    const Tensor log_variance = weight_covariance(factor, globals.natural(0)).flatten().log();
    return prior + 0.5 * fixed_sum(log_variance + (1 + std::log(2 * M_PI)));
  }
  const double entropy = fixed_sum(factor.family->entropy(globals.natural(0)));
  return prior + entropy + (posterior_ == "full" ? log_det : 0.0);
}

}  // namespace elbow
