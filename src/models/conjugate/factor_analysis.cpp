#include "elbow/models/conjugate/factor_analysis.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/probability/families/matrix_parts.h"
#include "elbow/probability/families/normal.h"
#include "factor_start.h"
#include "filled.h"
#include "normal_weights.h"
#include "start.h"

namespace elbow {

namespace {

Tensor with_one(const Tensor& z) { return at::cat({z, at::ones({z.size(0), 1}, z.options())}, -1); }

void check_finite(const Tensor& x) {
  if (!x.isfinite().all().item<bool>())
    throw DataError("a value of the data is not finite", "fill in or leave out what is missing");
}

/// In standard deviations. What the factors leave of a feature may be far smaller than these.
constexpr double kFarFromFeature = 100;

/// The mean of the examples where a feature lies far from 0.
Tensor frame_near(const Tensor& x) {
  const Tensor middle = x.mean(0), spread = x.std(0, /*unbiased=*/false);
  return middle.abs().gt(spread * kFarFromFeature).any().item<bool>() ? middle : Tensor();
}

Tensor in_frame(const Tensor& x, const Tensor& frame) { return frame.defined() ? x - frame : x; }

PrecisionPrior noise_prior(const ConfigNode& node) {
  PrecisionPrior out;
  out.concentration = node.number("noise_concentration");
  out.rate = node.number("noise_rate");
  out.is_for_each = node.text("noise") == "diagonal";
  return out;
}

}  // namespace

ComponentInfo FactorAnalysis::info() {
  ModelTraits traits;
  traits.fitting = Fitting::closed_form;
  traits.events = {EventKind::vector};
  return ComponentInfo::of(
             "factor_analysis",
             "Probabilistic PCA and factor analysis; the number of factors may be learned")
      .source(
          "Bishop, Variational principal components, 1999; Ghahramani, Beal, Variational "
          "inference for Bayesian mixtures of factor analysers, 2000")
      .takes(
          {Parameter::integer("num_factors", "factors, or the most of them")
               .at_least(1)
               .at_most(1e4),
           Parameter::choice("noise",
                             {"isotropic", "diagonal"},
                             "one variance of all features (PCA), or one of each (factor analysis)")
               .defaults("isotropic"),
           Parameter::number("noise_concentration", "of the gamma prior on a noise precision")
               .defaults(0.01)
               .above(0),
           Parameter::number("noise_rate", "of that prior").defaults(0.01).above(0),
           Parameter::component(
               "loading_prior",
               "weight_prior",
               "of the loadings; ard has a precision for each factor and empties those "
               "without use")
               .defaults({{"type", "ard"}}),
           Parameter::number("mean_precision",
                             "1 / prior variance of the mean of a feature, around 0")
               .defaults(0.001)
               .above(0),
           Parameter::choice("start",
                             {"principal", "random"},
                             "loadings to begin with: principal components, or drawn at random")
               .defaults("principal")})
      .with(traits);
}

FactorAnalysis::FactorAnalysis(const ConfigNode& node, const DataContext& data)
    : num_features_(data.event_shape.at(0)),
      num_factors_(node.integer("num_factors")),
      mean_precision_(node.number("mean_precision")),
      start_(node.text("start")) {
  if (num_factors_ > num_features_)
    node.refuse("more factors than the " + std::to_string(num_features_) + " features",
                "lower it",
                "num_factors");
  const PrecisionPrior loading = weight_prior_factory().create(node.child("loading_prior"));
  const PrecisionPrior noise = noise_prior(node);
  const std::int64_t size = num_factors_ + 1;
  const double precision = loading.known ? *loading.known : loading.concentration / loading.rate;
  const auto family = std::make_shared<NormalFamily>(size);
  const Tensor diagonal =
      at::cat({filled({num_factors_}, precision), filled({1}, mean_precision_)});
  // With a learned precision the prior given here is a start only; see global_term().
  factors_.push_back({"loadings",
                      family,
                      family->natural({at::zeros({num_features_, size}, at::kDouble),
                                       diagonal.diag().expand({num_features_, size, size})})});
  relevance_.emplace(loading, loading.is_for_each ? num_factors_ : 1, "relevance", factors_);
  noise_.emplace(noise, noise.is_for_each ? num_features_ : 1, "noise", factors_);
}

Tensor FactorAnalysis::loadings(const Globals& globals) const {
  return globals.mean(0).narrow(-1, 0, num_factors_ + 1);
}

Tensor FactorAnalysis::noise_precision(const Globals& globals) const {
  return noise_->expected(globals).expand({num_features_});
}

FactorAnalysis::Posterior FactorAnalysis::infer(const Tensor& x, const Globals& globals) const {
  const std::int64_t q = num_factors_;
  const WeightMoments row = weight_moments(globals.mean(0), q + 1);
  const Tensor tau = noise_precision(globals);
  const Tensor second = (row.second * tau.view({-1, 1, 1})).sum(0);
  const Tensor precision = second.narrow(0, 0, q).narrow(1, 0, q) + at::eye(q, at::kDouble);
  const InversePair pair = inverse_of(precision);
  const Tensor drive = (x * tau).matmul(row.first.narrow(-1, 0, q)) - second[q].narrow(0, 0, q);
  return {drive.matmul(pair.inverse), pair.inverse, -pair.log_det.item<double>()};
}

LocalStep FactorAnalysis::local_step(const Batch& batch,
                                     const Globals& globals,
                                     const Tensor&) const {
  const Tensor& data = batch.x;
  check_finite(data);
  const Tensor x = in_frame(data, globals.frame());
  const std::int64_t q = num_factors_;
  const double n = static_cast<double>(x.size(0));
  const Posterior z = infer(x, globals);
  const Tensor mean = with_one(z.mean);
  Tensor second = mean.transpose(0, 1).matmul(mean);
  second.narrow(0, 0, q).narrow(1, 0, q) += z.covariance * n;
  LocalStep out;
  out.statistics.parts = {second, x.transpose(0, 1).matmul(mean), x.square().sum(0)};
  out.statistics.count = n;
  const double entropy = 0.5 * (static_cast<double>(q) * (std::log(2 * M_PI) + 1) + z.log_det);
  out.statistics.entropy = n * entropy;
  const double trace = z.covariance.diagonal().sum().item<double>();
  const Tensor log_z =
      (z.mean.square().sum(-1) + trace + static_cast<double>(q) * std::log(2 * M_PI)) * -0.5;
  out.statistics.constant = fixed_sum(log_z);
  const WeightMoments row = weight_moments(globals.mean(0), q + 1);
  const Tensor tau = noise_precision(globals);
  const Tensor weighted = (row.second * tau.view({-1, 1, 1})).sum(0);
  const Tensor square = (x.square() * tau).sum(-1) -
                        ((x * tau).matmul(row.first) * mean).sum(-1) * 2.0 +
                        (mean.matmul(weighted) * mean).sum(-1) +
                        (weighted.narrow(0, 0, q).narrow(1, 0, q) * z.covariance).sum();
  const Tensor log_scale =
      (noise_->expected_log(globals).expand({num_features_}) - std::log(2 * M_PI)).sum();
  out.bound = (log_scale - square) * 0.5 + log_z + entropy;
  return out;
}

Tensor FactorAnalysis::expected_residual(const Statistics& statistics,
                                         const Globals& globals) const {
  const WeightMoments row = weight_moments(globals.mean(0), num_factors_ + 1);
  return statistics.parts.at(2) - (statistics.parts.at(1) * row.first).sum(-1) * 2.0 +
         (row.second * statistics.parts.at(0)).sum({-1, -2});
}

double FactorAnalysis::expected_log_joint(const Statistics& statistics,
                                          const Globals& globals) const {
  const Tensor each = (noise_->expected_log(globals) - std::log(2 * M_PI)) * statistics.count -
                      noise_->expected(globals) * expected_residual(statistics, globals);
  return statistics.constant + 0.5 * fixed_sum(each);
}

Tensor FactorAnalysis::row_precision(const Globals& globals) const {
  return at::cat(
      {relevance_->expected(globals).expand({num_factors_}), filled({1}, mean_precision_)});
}

Tensor FactorAnalysis::row_log_precision(const Globals& globals) const {
  return at::cat({relevance_->expected_log(globals).expand({num_factors_}),
                  filled({1}, std::log(mean_precision_))});
}

Tensor FactorAnalysis::squares(const Globals& globals) const {
  const WeightMoments row = weight_moments(globals.mean(0), num_factors_ + 1);
  const Tensor out = row.second.diagonal(0, -2, -1);
  if (!globals.frame().defined()) return out;
  const Tensor mean = row.first.select(-1, num_factors_);
  const Tensor about_zero =
      out.select(-1, num_factors_) - mean.square() + (mean + globals.frame()).square();
  return at::cat({out.narrow(-1, 0, num_factors_), about_zero.unsqueeze(-1)}, -1);
}

Tensor FactorAnalysis::loadings_optimum(const Statistics& statistics,
                                        const Globals& globals) const {
  const Tensor tau = noise_precision(globals);
  Tensor precision = statistics.parts.at(0) * tau.view({-1, 1, 1});
  Tensor weighted = statistics.parts.at(1) * tau.unsqueeze(-1);
  // The prior mean of every loading and of mu is zero, so it adds a precision only.
  if (!factors_[0].is_flat) precision = precision + row_precision(globals).diag();
  if (!factors_[0].is_flat && globals.frame().defined()) {
    const Tensor of_mean = (globals.frame() * -mean_precision_).unsqueeze(-1);
    weighted =
        weighted + at::cat({at::zeros({num_features_, num_factors_}, at::kDouble), of_mean}, -1);
  }
  return checked_natural(weighted, precision, "loadings", factors_[0].is_flat);
}

Tensor FactorAnalysis::optimum(std::size_t i,
                               const Statistics& statistics,
                               const Globals& globals) const {
  if (i == 0) return loadings_optimum(statistics, globals);
  if (noise_->is_factor(i)) {
    const Tensor residual = expected_residual(statistics, globals);
    if (noise_->size() > 1) return noise_->optimum(statistics.count, residual, factors_);
    return noise_->optimum(statistics.count * static_cast<double>(num_features_),
                           residual.sum(0, /*keepdim=*/true),
                           factors_);
  }
  if (factors_[0].is_flat) return relevance_->idle(factors_);
  const Tensor columns = squares(globals).narrow(-1, 0, num_factors_).sum(0);
  const double count = static_cast<double>(num_features_);
  if (relevance_->size() == num_factors_) return relevance_->optimum(count, columns, factors_);
  return relevance_->optimum(
      count * static_cast<double>(num_factors_), columns.sum(0, /*keepdim=*/true), factors_);
}

double FactorAnalysis::global_term(std::size_t i, const Globals& globals) const {
  const GlobalFactor& factor = factors_.at(i);
  if (i > 0 || factor.is_flat) return ConjugateModel::global_term(i, globals);
  const double prior =
      expected_log_normal(row_log_precision(globals), row_precision(globals), squares(globals));
  return factor.is_point ? prior : prior + fixed_sum(factor.family->entropy(globals.natural(0)));
}

std::vector<Tensor> FactorAnalysis::initial(const InitialData& data, RandomSource& source) const {
  const Tensor x = some_rows(data, source).x;
  check_finite(x);
  return start_at(x, data.num_examples, source);
}

Globals FactorAnalysis::start(const InitialData& data, RandomSource& source) const {
  const Tensor x = some_rows(data, source).x;
  check_finite(x);
  const Tensor frame = frame_near(x);
  return Globals(factors_, start_at(in_frame(x, frame), data.num_examples, source), frame);
}

std::vector<Tensor> FactorAnalysis::start_at(const Tensor& x,
                                             std::int64_t num_examples,
                                             RandomSource& source) const {
  const FactorStart start = start_ == "principal" ? principal_start(x, num_factors_)
                                                  : random_start(x, num_factors_, source);
  // As sure of the loadings as standardised factors of all examples would make it.
  const Tensor tau = start.noise_variance.reciprocal();
  const Tensor precision = at::eye(num_factors_ + 1, at::kDouble) * tau.view({-1, 1, 1}) *
                           static_cast<double>(num_examples);
  std::vector<Tensor> out{factors_[0].family->natural({start.loadings, precision})};
  if (relevance_->is_learned()) out.push_back(relevance_->start(factors_));
  // The mean of the variances: after principal components it is that of the dimensions left out.
  const Tensor shared = start.noise_variance.mean(0, /*keepdim=*/true).reciprocal();
  out.push_back(noise_->start(noise_->size() > 1 ? tau : shared, factors_));
  return out;
}

}  // namespace elbow
