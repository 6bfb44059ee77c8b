#include "normal_components.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_inv_ex.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <ATen/ops/stack.h>

#include <cmath>
#include <tuple>

#include "elbow/probability/families/normal.h"
#include "elbow/probability/families/normal_gamma.h"
#include "elbow/probability/families/normal_wishart.h"
#include "filled.h"

namespace elbow {

namespace {

constexpr char kBishop[] = "Bishop, Pattern Recognition and Machine Learning, 2006, section 10.2";

std::string finite_or_problem(const Tensor& x) {
  return x.isfinite().all().item<bool>() ? "" : "a value is not finite";
}

/// A mean is as unsure as `strength` examples of its class leave it, which spread no more than all
/// examples do.
LocationPrior prior_by_strength(const Tensor& spread, double location, double strength) {
  return {at::full_like(spread, location),
          spread / std::sqrt(strength),
          "lower model.component.strength"};
}

Parameter strength() {
  return Parameter::number("strength", "how many examples the prior on a mean is worth")
      .defaults(1.0)
      .above(0);
}

Parameter location() {
  return Parameter::number("location", "prior mean of every feature").defaults(0.0);
}

Parameter prior_variance() {
  return Parameter::number("prior_variance", "what the prior expects a feature's variance to be")
      .defaults(1.0)
      .above(0);
}

}  // namespace

ComponentInfo NormalUnitComponents::info() {
  return ComponentInfo::of("normal_unit", "Normal with known variance; the means are learned")
      .source(
          "Blei, Kucukelbir, McAuliffe, Variational inference: a review for statisticians, 2017, "
          "arXiv:1601.00670, section 2.1")
      .takes(
          {Parameter::number("variance", "of each feature around its mean").defaults(1.0).above(0),
           location(),
           Parameter::number("location_variance", "prior variance of a mean")
               .defaults(1.0)
               .above(0)})
      .with(ComponentLikelihoodTraits{});
}

NormalUnitComponents::NormalUnitComponents(const ConfigNode& node, const ComponentSizes& sizes)
    : variance_(node.number("variance")),
      location_(node.number("location")),
      location_variance_(node.number("location_variance")) {
  const auto family = std::make_shared<NormalFamily>(1);
  const std::vector<std::int64_t> vector{sizes.num_components, sizes.num_features, 1};
  const Tensor precision =
      filled({sizes.num_components, sizes.num_features, 1, 1}, 1.0 / location_variance_);
  const Tensor location = filled(vector, location_);
  factor_ = {"components", family, family->natural({location, precision})};
  factor_.framed_prior = [=](const Tensor& frame) {
    return family->natural({location - frame.unsqueeze(-1), precision});
  };
}

Tensor NormalUnitComponents::features(const Tensor& x) const {
  return at::stack({x / variance_, at::full_like(x, -0.5 / variance_)}, -1);
}

Tensor NormalUnitComponents::base(const Tensor& x) const {
  const double each = -0.5 * std::log(2 * M_PI * variance_);
  return x.square().sum(-1) * (-0.5 / variance_) + each * static_cast<double>(x.size(-1));
}

Tensor NormalUnitComponents::draw(const Tensor& theta, RandomSource& source) const {
  const Tensor mean = theta.squeeze(-1);
  return mean + source.normal(mean.sizes(), mean.options()) * std::sqrt(variance_);
}

std::optional<LocationPrior> NormalUnitComponents::location_prior(const Tensor& spread) const {
  return LocationPrior{at::full_like(spread, location_),
                       at::full_like(spread, std::sqrt(location_variance_)),
                       "raise model.component.location_variance"};
}

std::string NormalUnitComponents::problem(const Tensor& x) const { return finite_or_problem(x); }

Tensor NormalUnitComponents::expected(const Tensor& natural, bool) const {
  return factor_.family->mode(natural).squeeze(-1);
}

Tensor NormalUnitComponents::covariance(const Tensor& mean) const {
  return at::full_like(mean.select(-1, 0), variance_).diag_embed();
}

ComponentInfo NormalDiagonalComponents::info() {
  return ComponentInfo::of("normal_diagonal", "Normal with a mean and a variance for each feature")
      .source(kBishop)
      .takes({location(),
              strength(),
              Parameter::number("concentration", "of the gamma prior on a precision")
                  .defaults(1.0)
                  .above(0),
              prior_variance()})
      .with(ComponentLikelihoodTraits{});
}

NormalDiagonalComponents::NormalDiagonalComponents(const ConfigNode& node,
                                                   const ComponentSizes& sizes)
    : location_(node.number("location")), strength_(node.number("strength")) {
  const auto family = std::make_shared<NormalGammaFamily>(1);
  const std::int64_t k = sizes.num_components, d = sizes.num_features;
  const double a = node.number("concentration");
  const Tensor location = filled({k, d, 1}, location_), strength = filled({k, d, 1, 1}, strength_),
               concentration = filled({k, d}, a),
               rate = filled({k, d}, a * node.number("prior_variance"));
  factor_ = {"components", family, family->natural({location, strength, concentration, rate})};
  factor_.framed_prior = [=](const Tensor& frame) {
    return family->natural({location - frame.unsqueeze(-1), strength, concentration, rate});
  };
  factor_.has_fixed_partition = true;
}

Tensor NormalDiagonalComponents::features(const Tensor& x) const {
  const Tensor half = at::full_like(x, 0.5);
  return at::stack({half, x.square() * -0.5, x, -half}, -1);
}

Tensor NormalDiagonalComponents::base(const Tensor& x) const {
  return filled({x.size(0)}, -0.5 * std::log(2 * M_PI) * static_cast<double>(x.size(-1)));
}

Tensor NormalDiagonalComponents::draw(const Tensor& theta, RandomSource& source) const {
  const Tensor mean = theta.select(-1, 0), precision = theta.select(-1, 1);
  return mean + source.normal(mean.sizes(), mean.options()) / precision.sqrt();
}

std::optional<LocationPrior> NormalDiagonalComponents::location_prior(const Tensor& spread) const {
  return prior_by_strength(spread, location_, strength_);
}

std::string NormalDiagonalComponents::problem(const Tensor& x) const {
  return finite_or_problem(x);
}

Tensor NormalDiagonalComponents::expected(const Tensor& natural, bool) const {
  return factor_.family->mode(natural).select(-1, 0);
}

Tensor NormalDiagonalComponents::covariance(const Tensor& mean) const {
  return mean.select(-1, 1).reciprocal().diag_embed();  // t_1 is the precision
}

ComponentInfo NormalFullComponents::info() {
  return ComponentInfo::of("normal_full", "Normal with a mean and a full covariance matrix")
      .source(kBishop)
      .takes({location(),
              strength(),
              Parameter::number(
                  "extra_degrees",
                  "degrees of freedom of the Wishart prior above the number of features less 1")
                  .defaults(1.0)
                  .above(0),
              prior_variance()})
      .with(ComponentLikelihoodTraits{});
}

NormalFullComponents::NormalFullComponents(const ConfigNode& node, const ComponentSizes& sizes)
    : size_(sizes.num_features),
      location_(node.number("location")),
      strength_(node.number("strength")) {
  const auto family = std::make_shared<NormalWishartFamily>(size_);
  const std::int64_t k = sizes.num_components;
  const double degrees = static_cast<double>(size_ - 1) + node.number("extra_degrees");
  const Tensor inverse_scale = at::eye(size_, at::TensorOptions().dtype(at::kDouble)) *
                               (degrees * node.number("prior_variance"));
  const Tensor location = filled({k, size_}, location_), strength = filled({k}, strength_),
               each = filled({k}, degrees), scales = inverse_scale.expand({k, size_, size_});
  factor_ = {"components", family, family->natural({location, strength, scales, each})};
  factor_.framed_prior = [=](const Tensor& frame) {
    return family->natural({location - frame, strength, scales, each});
  };
  factor_.has_fixed_partition = true;
}

Tensor NormalFullComponents::features(const Tensor& x) const {
  const Tensor half = filled({x.size(0), 1}, 0.5);
  const Tensor second = (x.unsqueeze(-1) * x.unsqueeze(-2)).flatten(1) * -0.5;
  return at::cat({half, second, x, -half}, -1);
}

Tensor NormalFullComponents::base(const Tensor& x) const {
  return filled({x.size(0)}, -0.5 * std::log(2 * M_PI) * static_cast<double>(size_));
}

Tensor NormalFullComponents::draw(const Tensor& theta, RandomSource& source) const {
  const Tensor mean = theta.narrow(-1, 0, size_);
  const Tensor factor =
      at::linalg_cholesky(theta.narrow(-1, size_, size_ * size_).reshape({-1, size_, size_}));
  const Tensor noise = source.normal(mean.sizes(), mean.options()).unsqueeze(-1);
  return mean +
         at::linalg_solve_triangular(factor.transpose(-1, -2), noise, /*upper=*/true).squeeze(-1);
}

std::optional<LocationPrior> NormalFullComponents::location_prior(const Tensor& spread) const {
  return prior_by_strength(spread, location_, strength_);
}

std::string NormalFullComponents::problem(const Tensor& x) const { return finite_or_problem(x); }

Tensor NormalFullComponents::expected(const Tensor& natural, bool) const {
  return factor_.family->mode(natural).narrow(-1, 0, size_);
}

Tensor NormalFullComponents::covariance(const Tensor& mean) const {
  const Tensor precision = mean.narrow(-1, 1, size_ * size_);  // behind ln |L|
  return std::get<0>(at::linalg_inv_ex(precision.reshape({-1, size_, size_})));
}

}  // namespace elbow
