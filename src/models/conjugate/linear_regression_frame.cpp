// The frame of a linear regression: where it begins, and what of the bound depends on it.
#include <ATen/TensorOperators.h>
#include <ATen/ops/lgamma.h>

#include <cmath>

#include "elbow/models/conjugate/linear_regression.h"
#include "normal_weights.h"
#include "regression_frame.h"
#include "regression_rows.h"
#include "start.h"

namespace elbow {

Globals LinearRegression::start(const InitialData& data, RandomSource& source) const {
  std::vector<Tensor> natural = initial(data, source);
  const RegressionRows rows = regression_rows(some_rows(data, source).x, num_inputs_);
  RegressionFrameOptions options;
  options.has_intercept = basis_->has_intercept();
  options.is_flat = factors_[0].is_flat;
  options.prior_precision = prior_precision_;
  if (!is_joint()) {
    options.noise_precision = moments(Globals(factors_, natural)).precision.item<double>();
    options.learns_noise = noise_->is_learned();
  }
  const Tensor frame = regression_frame(basis_->features(rows.inputs), rows.response, options);
  return Globals(factors_, std::move(natural), frame);
}

std::pair<Tensor, Tensor> LinearRegression::framed_rows(const Tensor& x,
                                                        const Globals& globals) const {
  const RegressionRows rows = regression_rows(x, num_inputs_);
  check_response(rows.response);
  const RegressionFrame frame(globals.frame());
  const Tensor phi = basis_->features(rows.inputs);
  return {frame.features(phi), frame.response(phi, rows.response)};
}

double LinearRegression::joint_term(const Globals& globals) const {
  const GlobalFactor& factor = factors_[0];
  if (!globals.frame().defined()) return ConjugateModel::global_term(0, globals);
  // In the coordinates of the features, where the prior is diagonal: in a frame far from 0 it has
  // lost its determinant.
  const auto prior = factor.family->ordinary(factor.prior);
  const Tensor &concentration = prior.at(2).second, &rate = prior.at(3).second;
  const Tensor log_noise = globals.mean(0)[0], noise = globals.mean(0)[1];
  const RegressionFrame frame(globals.frame());
  const Tensor unscaled =
      frame.covariance_outward(weight_covariance(factor, globals.natural(0))).diagonal();
  const Tensor squares = weights(globals).square() * noise + unscaled;
  const Tensor of_noise = concentration * rate.log() - at::lgamma(concentration) +
                          (concentration - 1.0) * log_noise - rate * noise;
  const Tensor of_weights = log_noise + std::log(prior_precision_ / (2 * M_PI));
  const double out =
      of_noise.item<double>() + 0.5 * fixed_sum(of_weights - squares * prior_precision_);
  if (factor.is_point) return out;
  return out + fixed_sum(factor.family->entropy(globals.natural(0))) + frame.log_det();
}

}  // namespace elbow
