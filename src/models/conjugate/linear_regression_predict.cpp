// What a fitted linear regression says: predictions and its summary.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cholesky_inverse.h>
#include <ATen/ops/erfinv.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "elbow/models/conjugate/linear_regression.h"
#include "elbow/models/conjugate/numbers.h"
#include "filled.h"
#include "normal_weights.h"
#include "regression_frame.h"
#include "regression_rows.h"
#include "response_distribution.h"

namespace elbow {

namespace {

/// (concentration, rate) of the noise in the exact posterior.
std::pair<double, double> gamma_of(const GlobalFactor& joint, const Tensor& natural) {
  const auto values = joint.family->ordinary(natural);
  return {values.at(2).second.item<double>(), values.at(3).second.item<double>()};
}

}  // namespace

Tensor LinearRegression::weights(const Globals& globals) const {
  // A normal's mode is its mean, and a normal-gamma's begins with the location.
  const Tensor own =
      factors_[0].family->mode(globals.natural(0)).flatten().narrow(0, 0, basis_->size());
  return posterior_ == "factorised" ? own : RegressionFrame(globals.frame()).outward(own);
}

Tensor LinearRegression::framed_weights(const Globals& globals) const {
  if (posterior_ == "factorised") return RegressionFrame(globals.frame()).inward(weights(globals));
  return factors_[0].family->mode(globals.natural(0)).flatten().narrow(0, 0, basis_->size());
}

Tensor LinearRegression::covariance(const Globals& globals) const {
  if (posterior_ == "factorised")
    return weight_covariance(factors_[0], globals.natural(0)).flatten().diag();
  return RegressionFrame(globals.frame()).covariance_outward(framed_covariance(globals));
}

Tensor LinearRegression::framed_covariance(const Globals& globals) const {
  const Tensor out = weight_covariance(factors_[0], globals.natural(0));
  if (posterior_ == "factorised")
    return RegressionFrame(globals.frame()).covariance_inward(out.flatten().diag());
  if (!is_joint() || factors_[0].is_point) return out;
  const auto [concentration, rate] = gamma_of(factors_[0], globals.natural(0));
  return out * (rate / (concentration - 1));
}

std::pair<Tensor, ResponsePtr> LinearRegression::respond(const Tensor& inputs,
                                                         const Globals& globals) const {
  const Tensor phi = RegressionFrame(globals.frame()).features(basis_->features(inputs));
  const Tensor mean = phi.matmul(framed_weights(globals));
  if (!is_joint()) {
    const Tensor variance = (phi.matmul(framed_covariance(globals)) * phi).sum(-1);
    return {mean, response_with(variance, *noise_, factors_, globals)};
  }
  if (factors_[0].is_point)
    return {mean, normal_response(at::zeros_like(mean) + globals.mean(0)[1].reciprocal())};
  const Tensor unscaled = weight_covariance(factors_[0], globals.natural(0));
  const auto [concentration, rate] = gamma_of(factors_[0], globals.natural(0));
  const Tensor spread = (phi.matmul(unscaled) * phi).sum(-1) + 1.0;
  return {mean, student_response(spread * (rate / concentration), 2 * concentration)};
}

Tensor LinearRegression::log_predictive(const Batch& batch, const Globals& globals) const {
  const RegressionRows rows = regression_rows(batch.x, num_inputs_);
  if (!rows.response.defined()) return {};
  const auto [mean, response] = respond(rows.inputs, globals);
  const RegressionFrame frame(globals.frame());
  return response->log_density(frame.response(basis_->features(rows.inputs), rows.response) - mean);
}

Prediction LinearRegression::predict(const Tensor& x, const Globals& globals, double mass) const {
  const RegressionRows rows = regression_rows(x, num_inputs_);
  const auto [mean, response] = respond(rows.inputs, globals);
  const Tensor baseline = RegressionFrame(globals.frame()).baseline(basis_->features(rows.inputs));
  return predict_from(*response, mean + baseline, rows.response, mass);
}

FunctionBands LinearRegression::function_bands(const Tensor& x,
                                               const Statistics& statistics,
                                               const Globals& globals,
                                               double mass) const {
  const auto [precision, weighted] = exact_posterior(statistics, globals);
  const Tensor exact_covariance = at::cholesky_inverse(at::linalg_cholesky(precision));
  const RegressionFrame frame(globals.frame());
  const Tensor features = basis_->features(x);
  const Tensor phi = frame.features(features), baseline = frame.baseline(features);
  // Half the width of the central interval of a normal, in standard deviations.
  const Tensor width = at::erfinv(filled({}, mass)) * std::sqrt(2.0);
  const auto spread = [&](const Tensor& matrix) {
    return (phi.matmul(matrix) * phi).sum(-1).sqrt() * width;
  };
  FunctionBands out;
  out.mean = phi.matmul(framed_weights(globals)) + baseline;
  out.exact_mean = phi.matmul(exact_covariance.matmul(weighted)) + baseline;
  const Tensor own = spread(framed_covariance(globals)), exact = spread(exact_covariance);
  out.lower = out.mean - own;
  out.upper = out.mean + own;
  out.exact_lower = out.exact_mean - exact;
  out.exact_upper = out.exact_mean + exact;
  return out;
}

Json LinearRegression::summary(const Globals& globals) const {
  const auto mean = numbers_of(weights(globals));
  const auto deviation = numbers_of(covariance(globals).diagonal().sqrt());
  Json out = {{"weights", Json::array()}};
  for (std::size_t j = 0; j < mean.size(); ++j)
    out["weights"].push_back(
        {{"feature", basis_->names()[j]}, {"mean", mean[j]}, {"standard_deviation", deviation[j]}});
  out["noise_standard_deviation"] =
      1 /
      std::sqrt((is_joint() ? globals.mean(0)[1] : noise_->expected(globals)[0]).item<double>());
  if (!is_joint()) summarise_precisions(globals, out);
  return out;
}

void LinearRegression::summarise_precisions(const Globals& globals, Json& out) const {
  if (!weight_precision_->is_learned()) return;
  const Tensor precision = weight_precision_->expected(globals);
  out["weight_precision"] = numbers_of(precision);
  if (weight_precision_->size() == 1 || factors_[0].is_point) return;
  // Pruned: the data determine less of the weight than its prior does. MacKay, "Bayesian
  // interpolation", 1992, section 4.4: 1 - alpha_j Sigma_jj.
  const auto determined = numbers_of(1.0 - precision * covariance(globals).diagonal());
  out["pruned"] = Json::array();
  for (std::size_t j = 0; j < determined.size(); ++j)
    if (determined[j] < 0.5) out["pruned"].push_back(basis_->names()[j]);
}

}  // namespace elbow
