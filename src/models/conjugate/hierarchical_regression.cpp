#include "elbow/models/conjugate/hierarchical_regression.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/probability/families/normal.h"
#include "filled.h"
#include "normal_weights.h"
#include "regression_frame.h"
#include "regression_rows.h"
#include "start.h"

namespace elbow {

namespace {

constexpr std::size_t kCoefficients = 0, kCentre = 1;

PrecisionPrior spread_prior(const ConfigNode& node) {
  PrecisionPrior out;
  out.concentration = node.number("spread_concentration");
  out.rate = node.number("spread_rate");
  out.is_for_each = true;
  return out;
}

}  // namespace

ComponentInfo HierarchicalRegression::info() {
  ModelTraits traits;
  traits.fitting = Fitting::closed_form;
  traits.events = {EventKind::vector};
  traits.needs_response = true;
  return ComponentInfo::of(
             "hierarchical_regression",
             "Regression whose intercept and slopes vary between groups around a common centre")
      .source(
          "Gelman, Hill, Data analysis using regression and multilevel/hierarchical models, 2007, "
          "chapter 13")
      .takes(
          {Parameter::integer(
               "group_column",
               "input column that holds the group, from 0; the others are the inputs")
               .at_least(0),
           Parameter::integer("num_groups", "groups; the column holds 0 .. num_groups - 1")
               .at_least(1)
               .at_most(1e6),
           Parameter::component("basis", "basis", "functions of the inputs that are weighted")
               .defaults({{"type", "linear"}}),
           Parameter::component("noise", "noise", "of the response")
               .defaults({{"type", "learned"}}),
           Parameter::number("centre_variance", "prior variance of a common coefficient around 0")
               .defaults(100.0)
               .above(0),
           Parameter::number("spread_concentration",
                             "of the gamma prior on the precision of a coefficient between groups")
               .defaults(0.01)
               .above(0),
           Parameter::number("spread_rate", "of that prior").defaults(0.01).above(0)})
      .with(traits);
}

HierarchicalRegression::HierarchicalRegression(const ConfigNode& node, const DataContext& data)
    : num_inputs_(count_inputs(node, data)),
      group_column_(node.integer("group_column")),
      num_groups_(node.integer("num_groups")) {
  if (group_column_ >= num_inputs_)
    node.refuse("the data have " + std::to_string(num_inputs_) + " input columns",
                "count them from 0, without the response",
                "group_column");
  basis_ = basis_factory().create(node.child("basis"), num_inputs_ - 1);
  const std::int64_t p = basis_->size();
  const auto family = std::make_shared<NormalFamily>(p);
  const Tensor unit = at::eye(p, at::kDouble);
  // A start only: the prior of the coefficients is the other factors; see global_term().
  factors_.push_back({"coefficients",
                      family,
                      family->natural({at::zeros({num_groups_, p}, at::kDouble),
                                       unit.expand({num_groups_, p, p})})});
  factors_.push_back(
      {"centre",
       family,
       family->natural({at::zeros({p}, at::kDouble), unit / node.number("centre_variance")})});
  spread_.emplace(spread_prior(node), p, "spread", factors_);
  noise_.emplace(noise_factory().create(node.child("noise")), 1, "noise", factors_);
}

HierarchicalRegression::Rows HierarchicalRegression::rows_of(const Tensor& x) const {
  const RegressionRows rows = regression_rows(x, num_inputs_);
  const Tensor value = rows.inputs.select(1, group_column_);
  const Tensor known = value.eq(value.floor()) & value.ge(0) & value.lt(num_groups_);
  if (!known.all().item<bool>()) {
    const std::int64_t at = known.logical_not().nonzero()[0].item<std::int64_t>();
    throw DataError("group_column: expected a whole number from 0 to " +
                        std::to_string(num_groups_ - 1) + ", got " +
                        std::to_string(value[at].item<double>()),
                    "set model.num_groups to the number of groups, and model.group_column to their "
                    "column; do not standardise that column");
  }
  const Tensor others =
      at::cat({rows.inputs.narrow(1, 0, group_column_),
               rows.inputs.narrow(1, group_column_ + 1, num_inputs_ - group_column_ - 1)},
              -1);
  return {basis_->features(others), rows.response, value.to(at::kLong).contiguous()};
}

HierarchicalRegression::Rows HierarchicalRegression::rows_of(const Tensor& x,
                                                             const Globals& globals) const {
  const RegressionFrame frame(globals.frame());
  const Rows rows = rows_of(x);
  return {frame.features(rows.phi), frame.response(rows.phi, rows.response), rows.group};
}

Statistics HierarchicalRegression::statistics_of(const Rows& rows) const {
  const std::int64_t p = basis_->size(), n = rows.phi.size(0);
  const Tensor phi = rows.phi.contiguous(), y = rows.response.contiguous();
  Tensor second = at::zeros({num_groups_, p, p}, at::kDouble);
  Tensor first = at::zeros({num_groups_, p}, at::kDouble);
  const double* row = phi.const_data_ptr<double>();
  const double* response = y.const_data_ptr<double>();
  const std::int64_t* group = rows.group.const_data_ptr<std::int64_t>();
  // A plain loop: sums in index order, and no [B, G] of memberships.
  for (std::int64_t i = 0; i < n; ++i, row += p) {
    double* into = second.mutable_data_ptr<double>() + group[i] * p * p;
    double* into_first = first.mutable_data_ptr<double>() + group[i] * p;
    for (std::int64_t a = 0; a < p; ++a) {
      into_first[a] += row[a] * response[i];
      for (std::int64_t b = 0; b < p; ++b) into[a * p + b] += row[a] * row[b];
    }
  }
  Statistics out;
  out.parts = {second, first, filled({}, fixed_sum(y.square()))};
  out.count = static_cast<double>(n);
  return out;
}

LocalStep HierarchicalRegression::local_step(const Batch& batch,
                                             const Globals& globals,
                                             const Tensor&) const {
  const Rows rows = rows_of(batch.x, globals);
  check_response(rows.response);
  LocalStep out;
  out.statistics = statistics_of(rows);
  const WeightMoments w = weight_moments(globals.mean(kCoefficients), basis_->size());
  const Tensor mean = (w.first.index_select(0, rows.group) * rows.phi).sum(-1);
  const Tensor second = w.second.index_select(0, rows.group);
  const Tensor square = second.matmul(rows.phi.unsqueeze(-1)).squeeze(-1).mul(rows.phi).sum(-1);
  const Tensor error = rows.response.square() - rows.response * mean * 2.0 + square;
  out.bound =
      (noise_->expected_log(globals) - std::log(2 * M_PI) - noise_->expected(globals) * error) *
      0.5;
  return out;
}

Tensor HierarchicalRegression::expected_residual(const Statistics& statistics,
                                                 const Globals& globals) const {
  const WeightMoments w = weight_moments(globals.mean(kCoefficients), basis_->size());
  const double explained = 2 * fixed_sum(statistics.parts.at(1) * w.first) -
                           fixed_sum(statistics.parts.at(0) * w.second);
  return (statistics.parts.at(2) - explained).reshape({1});
}

double HierarchicalRegression::expected_log_joint(const Statistics& statistics,
                                                  const Globals& globals) const {
  const Tensor each = (noise_->expected_log(globals) - std::log(2 * M_PI)) * statistics.count -
                      noise_->expected(globals) * expected_residual(statistics, globals);
  return 0.5 * fixed_sum(each);
}

Tensor HierarchicalRegression::deviations(const Globals& globals) const {
  const std::int64_t p = basis_->size();
  const WeightMoments w = weight_moments(globals.mean(kCoefficients), p);
  const WeightMoments m = weight_moments(globals.mean(kCentre), p);
  if (globals.frame().defined()) {
    const RegressionFrame frame(globals.frame());
    const Tensor own = frame.covariance_outward(
        weight_covariance(factors_[kCoefficients], globals.natural(kCoefficients)));
    const Tensor of_centre = weight_covariance(factors_[kCentre], globals.natural(kCentre));
    return (frame.outward(w.first) - m.first).square() + own.diagonal(0, -2, -1) +
           of_centre.diagonal();
  }
  return w.second.diagonal(0, -2, -1) - w.first * m.first * 2.0 + m.second.diagonal();
}

Tensor HierarchicalRegression::coefficients_optimum(const Statistics& statistics,
                                                    const Globals& globals) const {
  const Tensor noise = noise_->expected(globals);
  Tensor precision = statistics.parts.at(0) * noise, weighted = statistics.parts.at(1) * noise;
  if (!factors_[kCoefficients].is_flat) {
    const Tensor spread = spread_->expected(globals);
    const Tensor centre = globals.mean(kCentre).narrow(-1, 0, basis_->size());
    const RegressionFrame frame(globals.frame());
    precision = precision + frame.precision_inward(spread);
    weighted = weighted + frame.weighted_inward(spread, centre);
  }
  return checked_natural(
      weighted, precision, "coefficients of a group", factors_[kCoefficients].is_flat);
}

Tensor HierarchicalRegression::centre_optimum(const Globals& globals) const {
  const GlobalFactor& factor = factors_[kCentre];
  if (factors_[kCoefficients].is_flat)
    return factor.is_flat ? factor.family->natural({at::zeros({basis_->size()}, at::kDouble),
                                                    at::eye(basis_->size(), at::kDouble)})
                          : factor.prior;
  const Tensor spread = spread_->expected(globals);
  const Tensor precision = (spread * static_cast<double>(num_groups_)).diag();
  return factor.prior +
         at::cat({spread * coefficients(globals).sum(0), precision.flatten() * -0.5});
}

Tensor HierarchicalRegression::optimum(std::size_t i,
                                       const Statistics& statistics,
                                       const Globals& globals) const {
  if (i == kCoefficients) return coefficients_optimum(statistics, globals);
  if (i == kCentre) return centre_optimum(globals);
  if (noise_->is_factor(i))
    return noise_->optimum(statistics.count, expected_residual(statistics, globals), factors_);
  if (factors_[kCoefficients].is_flat) return spread_->idle(factors_);
  return spread_->optimum(static_cast<double>(num_groups_), deviations(globals).sum(0), factors_);
}

double HierarchicalRegression::global_term(std::size_t i, const Globals& globals) const {
  const GlobalFactor& factor = factors_.at(i);
  if (i != kCoefficients || factor.is_flat) return ConjugateModel::global_term(i, globals);
  const double prior = expected_log_normal(
      spread_->expected_log(globals), spread_->expected(globals), deviations(globals));
  if (factor.is_point) return prior;
  return prior + fixed_sum(factor.family->entropy(globals.natural(i))) +
         RegressionFrame(globals.frame()).log_det() * static_cast<double>(num_groups_);
}

Globals HierarchicalRegression::start(const InitialData& data, RandomSource& source) const {
  std::vector<Tensor> natural = initial(data, source);
  const Rows rows = rows_of(some_rows(data, source).x);
  const double variance = rows.response.var(0, /*unbiased=*/false).item<double>();
  RegressionFrameOptions options;
  options.has_intercept = basis_->has_intercept();
  options.is_flat = factors_[kCoefficients].is_flat;
  options.noise_precision = variance > 0 ? 1.0 / variance : 1.0;
  options.learns_noise = true;
  const Tensor frame = regression_frame(rows.phi, rows.response, options);
  return Globals(factors_, std::move(natural), frame);
}

std::vector<Tensor> HierarchicalRegression::initial(const InitialData& data,
                                                    RandomSource& source) const {
  const Rows rows = rows_of(some_rows(data, source).x);
  const double variance = rows.response.var(0, /*unbiased=*/false).item<double>();
  const Tensor unit = at::eye(basis_->size(), at::kDouble);
  std::vector<Tensor> out{
      factors_[kCoefficients].prior,
      factors_[kCentre].family->natural({at::zeros({basis_->size()}, at::kDouble), unit})};
  if (factors_[kCoefficients].is_flat)
    out[0] = out[1].expand({num_groups_, out[1].size(0)}).contiguous();
  out.push_back(spread_->start(factors_));
  // Noise as large as the response itself; a constant response leaves the scale open.
  if (noise_->is_learned())
    out.push_back(noise_->start(filled({1}, variance > 0 ? 1.0 / variance : 1.0), factors_));
  return out;
}

}  // namespace elbow
