#include "normal_families.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/special_ndtri.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "elbow/probability/distributions/full_rank_normal.h"
#include "elbow/probability/distributions/low_rank_normal.h"
#include "elbow/probability/distributions/mixture_normal.h"
#include "elbow/probability/distributions/normal.h"
#include "normal_head.h"

namespace elbow {
namespace {

ComponentInfo normal_info(const std::string& name,
                          const std::string& summary,
                          const std::string& paper,
                          const PosteriorTraits& traits,
                          const std::vector<Parameter>& own = {}) {
  return ComponentInfo::of(name, summary)
      .source(paper)
      .takes(own)
      .takes(LogScaleLimits::parameters())
      .with(traits);
}

/// Traits of a normal, which weights may begin at. @param closed_form_kl priors by name
PosteriorTraits normal_traits(const std::vector<std::string>& closed_form_kl) {
  PosteriorTraits out;
  out.can_be_centred = true;
  out.closed_form_kl = closed_form_kl;
  return out;
}

/// Log scale for each unit.
Tensor log_scales(const Tensor& location, double scale) {
  return at::full_like(location, std::log(scale));
}

/// `numbers` for each distribution of a batch. @param location [..., L]
Tensor for_each(const Tensor& numbers, const Tensor& location) {
  auto shape = location.sizes().vec();
  shape.back() = numbers.size(0);
  return numbers.expand(shape);
}

}  // namespace

LogScaleLimits LogScaleLimits::from(const ConfigNode& node) {
  const LogScaleLimits out{node.number("min_log_scale"), node.number("max_log_scale")};
  if (out.low >= out.high)
    node.refuse("must be below max_log_scale (" + node.raw().at("max_log_scale").dump() +
                    "), got " + node.raw().at("min_log_scale").dump(),
                "",
                "min_log_scale");
  return out;
}

std::vector<Parameter> LogScaleLimits::parameters() {
  return {Parameter::number("min_log_scale", "lower limit of the log standard deviation")
              .defaults(-10.0),
          Parameter::number("max_log_scale", "upper limit of the log standard deviation")
              .defaults(10.0)};
}

ComponentInfo DiagNormalFamily::info() {
  PosteriorTraits traits = normal_traits({"standard_normal", "diag_normal", "full_rank_normal"});
  traits.has_units = true;
  return normal_info(
      "diag_normal",
      "normal with diagonal covariance, by mean and log scale",
      "Kingma, Welling, Auto-encoding variational Bayes, 2013, arXiv:1312.6114, appendix C.2",
      traits);
}

DiagNormalFamily::DiagNormalFamily(const ConfigNode& node, const BuildContext& context)
    : size_(context.event_size()), limits_(LogScaleLimits::from(node)) {}

Layout DiagNormalFamily::layout() const { return {{"loc", {size_}}, {"log_scale", {size_}}}; }

DistributionPtr DiagNormalFamily::distribution(const Tensor& flat) const {
  auto [loc, log_scale] = normal_head(flat, limits_.low, limits_.high);
  return std::make_shared<DiagNormal>(std::move(loc), std::move(log_scale));
}

DistributionPtr DiagNormalFamily::repeated(const Tensor& flat, std::int64_t batch_size) const {
  const auto [loc, log_scale] = normal_head(flat, limits_.low, limits_.high);
  return DiagNormal::repeated(loc, log_scale, batch_size);
}

Tensor DiagNormalFamily::centred_at(const Tensor& location, double scale) const {
  return at::cat({location, log_scales(location, scale)}, -1);
}

ComponentInfo FullRankNormalFamily::info() {
  return normal_info("full_rank_normal",
                     "normal with any covariance, by mean and Cholesky factor",
                     "Kucukelbir et al., Automatic differentiation variational inference, 2017, "
                     "arXiv:1603.00788, section 2.4",
                     normal_traits({"standard_normal", "diag_normal", "full_rank_normal"}));
}

FullRankNormalFamily::FullRankNormalFamily(const ConfigNode& node, const BuildContext& context)
    : size_(context.event_size()), limits_(LogScaleLimits::from(node)) {}

Layout FullRankNormalFamily::layout() const {
  return {
      {"loc", {size_}}, {"log_diagonal", {size_}}, {"below_diagonal", {size_ * (size_ - 1) / 2}}};
}

DistributionPtr FullRankNormalFamily::distribution(const Tensor& flat) const {
  const Tensor log_diagonal = limits_.apply(flat.narrow(-1, size_, size_));
  const Tensor below = flat.narrow(-1, 2 * size_, size_ * (size_ - 1) / 2);
  return FullRankNormal::from_flat(flat.narrow(-1, 0, size_), at::cat({log_diagonal, below}, -1));
}

Tensor FullRankNormalFamily::centred_at(const Tensor& location, double scale) const {
  const Tensor below = at::zeros({size_ * (size_ - 1) / 2}, location.options());
  return at::cat({location, log_scales(location, scale), for_each(below, location)}, -1);
}

ComponentInfo LowRankNormalFamily::info() {
  return normal_info("low_rank_normal",
                     "normal whose covariance is diagonal plus a low-rank part",
                     "Ong, Nott, Smith, Gaussian variational approximation with a factor "
                     "covariance structure, 2018, arXiv:1701.03208, section 3",
                     normal_traits({"standard_normal", "diag_normal"}),
                     {Parameter::integer("rank", "columns of the factor").defaults(2).at_least(1)});
}

LowRankNormalFamily::LowRankNormalFamily(const ConfigNode& node, const BuildContext& context)
    : size_(context.event_size()),
      rank_(node.integer("rank")),
      limits_(LogScaleLimits::from(node)) {
  if (rank_ > size_)
    node.refuse(
        "must be <= the latent size (" + std::to_string(size_) + "), got " + std::to_string(rank_),
        "full_rank_normal has any covariance",
        "rank");
}

Layout LowRankNormalFamily::layout() const {
  return {{"loc", {size_}}, {"log_diag", {size_}}, {"factor", {size_, rank_}}};
}

DistributionPtr LowRankNormalFamily::distribution(const Tensor& flat) const {
  return std::make_shared<LowRankNormal>(
      flat.narrow(-1, 0, size_),
      flat.narrow(-1, 2 * size_, size_ * rank_).unflatten(-1, {size_, rank_}),
      limits_.apply(flat.narrow(-1, size_, size_)));
}

Tensor LowRankNormalFamily::initial() const {
  const Tensor signs = at::linspace(0, static_cast<double>(size_ * rank_ - 1), size_ * rank_)
                           .remainder(2)
                           .mul(0.2)
                           .sub(0.1);
  return at::cat({at::zeros({2 * size_}), signs});
}

Tensor LowRankNormalFamily::centred_at(const Tensor& location, double scale) const {
  const Tensor factor =
      initial().narrow(0, 2 * size_, size_ * rank_).to(location.options()) * scale;
  return at::cat({location, log_scales(location, scale), for_each(factor, location)}, -1);
}

ComponentInfo MixtureNormalFamily::info() {
  PosteriorTraits traits;
  traits.stratified = true;
  return normal_info(
      "mixture_normal",
      "mixture of diagonal normals, drawn by strata with exact log q",
      "Morningstar et al., Automatic differentiation variational inference with mixtures, 2021, "
      "arXiv:2003.01687, section 3",
      traits,
      {Parameter::integer("num_components", "normals in the mixture").defaults(5).at_least(1)});
}

MixtureNormalFamily::MixtureNormalFamily(const ConfigNode& node, const BuildContext& context)
    : size_(context.event_size()),
      components_(node.integer("num_components")),
      limits_(LogScaleLimits::from(node)) {}

Layout MixtureNormalFamily::layout() const {
  return {{"logits", {components_}},
          {"loc", {components_, size_}},
          {"log_scale", {components_, size_}}};
}

DistributionPtr MixtureNormalFamily::distribution(const Tensor& flat) const {
  const std::int64_t block = components_ * size_;
  const auto matrix = [&](std::int64_t begin) {
    return flat.narrow(-1, begin, block).unflatten(-1, {components_, size_});
  };
  return std::make_shared<MixtureNormal>(flat.narrow(-1, 0, components_),
                                         matrix(components_),
                                         limits_.apply(matrix(components_ + block)));
}

Tensor MixtureNormalFamily::initial() const {
  // Component m of dimension l takes quantile (m + l) mod M: no two components share all of theirs.
  const double count = static_cast<double>(components_);
  const Tensor quantiles = at::special_ndtri(
      at::linspace(0.5 / count, 1 - 0.5 / count, components_));  // one component: its median, 0
  std::vector<Tensor> columns;
  for (std::int64_t l = 0; l < size_; ++l) columns.push_back(quantiles.roll(l, 0));
  const Tensor loc = at::stack(columns, 1).flatten();
  return at::cat({at::zeros({components_}), loc, at::zeros({components_ * size_})});
}

}  // namespace elbow
