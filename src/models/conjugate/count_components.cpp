#include "count_components.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/lgamma.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "elbow/probability/families/beta.h"
#include "elbow/probability/families/dirichlet.h"
#include "elbow/probability/families/gamma.h"
#include "filled.h"
#include "index_at.h"

namespace elbow {

namespace {

std::string counts_problem(const Tensor& x) {
  if (!x.isfinite().all().item<bool>()) return "a value is not finite";
  const bool are_counts = (x.ge(0) & x.eq(x.floor())).all().item<bool>();
  return are_counts ? "" : "a value is not a count (0, 1, 2, ...)";
}

}  // namespace

ComponentInfo PoissonComponents::info() {
  ComponentLikelihoodTraits traits;
  traits.support = SupportKind::count;
  return ComponentInfo::of("poisson", "Counts, a rate for each feature")
      .source("Gelman et al., Bayesian Data Analysis, 2013, section 2.6")
      .takes({Parameter::number("concentration", "of the gamma prior on a rate")
                  .defaults(1.0)
                  .above(0),
              Parameter::number("rate", "of the gamma prior on a rate").defaults(1.0).above(0)})
      .with(traits);
}

PoissonComponents::PoissonComponents(const ConfigNode& node, const ComponentSizes& sizes) {
  const auto family = std::make_shared<GammaFamily>();
  const std::vector<std::int64_t> shape{sizes.num_components, sizes.num_features};
  factor_ = {"components",
             family,
             family->natural({filled(shape, node.number("concentration")),
                              filled(shape, node.number("rate"))})};
}

Tensor PoissonComponents::features(const Tensor& x) const {
  return at::stack({x, at::full_like(x, -1.0)}, -1);
}

Tensor PoissonComponents::base(const Tensor& x) const { return -at::lgamma(x + 1.0).sum(-1); }

Tensor PoissonComponents::draw(const Tensor& theta, RandomSource& source) const {
  // Inversion, term by term: exact, and fed by uniforms only. Rates of classes that people fit are
  // modest.
  const Tensor rate = theta.squeeze(-1);
  const Tensor uniform = source.uniform(rate.sizes(), rate.options());
  Tensor count = at::zeros_like(rate), log_term = -rate, below = log_term.exp();
  for (int i = 1; i < 100000 && (below < uniform).any().item<bool>(); ++i) {
    count = count + (below < uniform).to(at::kDouble);
    log_term = log_term + rate.log() - std::log(static_cast<double>(i));
    const Tensor more = below + log_term.exp();
    // Past the mode a term below the last bit ends the walk: the rest of the mass is rounding.
    if (more.eq(below).logical_and(rate.lt(static_cast<double>(i))).all().item<bool>()) break;
    below = more;
  }
  return count;
}

std::string PoissonComponents::problem(const Tensor& x) const { return counts_problem(x); }

Tensor PoissonComponents::expected(const Tensor& natural, bool is_point) const {
  return is_point ? factor_.family->mode(natural).squeeze(-1)
                  : factor_.family->mean(natural).select(-1, 1);
}

ComponentInfo BernoulliComponents::info() {
  ComponentLikelihoodTraits traits;
  traits.support = SupportKind::binary;
  return ComponentInfo::of("bernoulli", "Features that are 0 or 1")
      .source("Bishop, Pattern Recognition and Machine Learning, 2006, section 9.3.3")
      .takes({Parameter::number("a", "of the beta prior on a probability").defaults(1.0).above(0),
              Parameter::number("b", "of the beta prior on a probability").defaults(1.0).above(0)})
      .with(traits);
}

BernoulliComponents::BernoulliComponents(const ConfigNode& node, const ComponentSizes& sizes) {
  const auto family = std::make_shared<BetaFamily>();
  const std::vector<std::int64_t> shape{sizes.num_components, sizes.num_features};
  factor_ = {"components",
             family,
             family->natural({filled(shape, node.number("a")), filled(shape, node.number("b"))})};
}

Tensor BernoulliComponents::features(const Tensor& x) const { return at::stack({x, 1.0 - x}, -1); }

Tensor BernoulliComponents::base(const Tensor& x) const {
  return at::zeros({x.size(0)}, at::kDouble);
}

Tensor BernoulliComponents::draw(const Tensor& theta, RandomSource& source) const {
  const Tensor probability = theta.squeeze(-1);
  return source.uniform(probability.sizes(), probability.options()).lt(probability).to(at::kDouble);
}

std::string BernoulliComponents::problem(const Tensor& x) const {
  return (x.eq(0) | x.eq(1)).all().item<bool>() ? "" : "a value is neither 0 nor 1";
}

Tensor BernoulliComponents::expected(const Tensor& natural, bool is_point) const {
  if (is_point) return factor_.family->mode(natural).squeeze(-1);
  const Tensor counts = natural + 1.0;
  return counts.select(-1, 0) / counts.sum(-1);
}

ComponentInfo MultinomialComponents::info() {
  ComponentLikelihoodTraits traits;
  traits.support = SupportKind::count;
  return ComponentInfo::of("multinomial",
                           "Counts of several outcomes; with total 1, a categorical outcome")
      .source(
          "Nigam et al., Text classification from labeled and unlabeled documents using EM, 2000, "
          "section 3")
      .takes(
          {Parameter::number("concentration", "of the Dirichlet prior on each class's proportions")
               .defaults(1.0)
               .above(0),
           Parameter::integer("draw_total", "total count of an example that `elbow sample` draws")
               .defaults(1)
               .at_least(1)
               .at_most(1e6)})
      .with(traits);
}

MultinomialComponents::MultinomialComponents(const ConfigNode& node, const ComponentSizes& sizes)
    : draw_total_(node.integer("draw_total")) {
  if (sizes.num_features < 2)
    node.refuse("proportions need two outcomes at least, and the data have one column",
                "set model.component={type: poisson}");
  const auto family = std::make_shared<DirichletFamily>(sizes.num_features);
  factor_ = {
      "components",
      family,
      filled({sizes.num_components, sizes.num_features}, node.number("concentration") - 1.0)};
}

Tensor MultinomialComponents::features(const Tensor& x) const { return x; }

Tensor MultinomialComponents::base(const Tensor& x) const {
  return at::lgamma(x.sum(-1) + 1.0) - at::lgamma(x + 1.0).sum(-1);
}

Tensor MultinomialComponents::draw(const Tensor& theta, RandomSource& source) const {
  const Tensor steps = theta.cumsum(-1);
  Tensor counts = at::zeros_like(theta);
  for (std::int64_t i = 0; i < draw_total_; ++i) {
    const Tensor uniform = source.uniform({theta.size(0), 1}, theta.options());
    counts = counts.scatter_add(-1, index_at(steps, uniform), at::full_like(uniform, 1.0));
  }
  return counts;
}

std::string MultinomialComponents::problem(const Tensor& x) const { return counts_problem(x); }

Tensor MultinomialComponents::expected(const Tensor& natural, bool is_point) const {
  if (is_point) return factor_.family->mode(natural);
  const Tensor concentration = natural + 1.0;
  return concentration / concentration.sum(-1, /*keepdim=*/true);
}

}  // namespace elbow
