// What a fitted hierarchical regression says: predictions and its summary.
#include <ATen/TensorOperators.h>

#include <cmath>

#include "elbow/models/conjugate/hierarchical_regression.h"
#include "elbow/models/conjugate/numbers.h"
#include "normal_weights.h"
#include "regression_frame.h"
#include "regression_rows.h"
#include "response_distribution.h"

namespace elbow {

Tensor HierarchicalRegression::coefficients(const Globals& globals) const {
  return RegressionFrame(globals.frame()).outward(globals.mean(0).narrow(-1, 0, basis_->size()));
}

std::pair<Tensor, Tensor> HierarchicalRegression::respond(const Rows& rows,
                                                          const Globals& globals) const {
  const Tensor covariance = weight_covariance(factors_[0], globals.natural(0));
  const Tensor own = covariance.index_select(0, rows.group);
  const Tensor& phi = rows.phi;
  const Tensor weights = globals.mean(0).narrow(-1, 0, basis_->size());
  return {(weights.index_select(0, rows.group) * phi).sum(-1),
          own.matmul(phi.unsqueeze(-1)).squeeze(-1).mul(phi).sum(-1)};
}

Tensor HierarchicalRegression::log_predictive(const Batch& batch, const Globals& globals) const {
  const Rows rows = rows_of(batch.x, globals);
  if (!rows.response.defined()) return {};
  const auto [mean, variance] = respond(rows, globals);
  return response_with(variance, *noise_, factors_, globals)->log_density(rows.response - mean);
}

Prediction HierarchicalRegression::predict(const Tensor& x,
                                           const Globals& globals,
                                           double mass) const {
  const Rows rows = rows_of(x, globals);
  const auto [mean, variance] = respond(rows, globals);
  const Rows given = rows_of(x);
  return predict_from(*response_with(variance, *noise_, factors_, globals),
                      mean + RegressionFrame(globals.frame()).baseline(given.phi),
                      given.response,
                      mass);
}

Json HierarchicalRegression::summary(const Globals& globals) const {
  const std::int64_t p = basis_->size();
  const auto centre = numbers_of(globals.mean(1).narrow(-1, 0, p));
  const auto sure =
      numbers_of(weight_covariance(factors_[1], globals.natural(1)).diagonal().sqrt());
  const auto spread = numbers_of(spread_->expected(globals).rsqrt());
  Json out = {{"centre", Json::array()}};
  for (std::size_t j = 0; j < centre.size(); ++j)
    out["centre"].push_back({{"feature", basis_->names()[j]},
                             {"mean", centre[j]},
                             {"standard_deviation", sure[j]},
                             {"between_groups", spread[j]}});
  const Tensor each = coefficients(globals);
  out["coefficients"] = Json::array();
  for (std::int64_t g = 0; g < num_groups_; ++g) out["coefficients"].push_back(numbers_of(each[g]));
  out["noise_standard_deviation"] = 1 / std::sqrt(noise_->expected(globals)[0].item<double>());
  return out;
}

}  // namespace elbow
