#include "discrete_support.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/floor_divide.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/remainder.h>
#include <ATen/ops/stack.h>

#include <cmath>
#include <stdexcept>

#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/one_hot_categorical.h"
#include "elbow/probability/distributions/partly_known.h"

namespace elbow {
namespace {

/// Independent digits: how many there are, and of which base.
struct Digits {
  std::int64_t count, base;
};

const Bernoulli* find_bernoulli(const Distribution& distribution) {
  const auto* product = dynamic_cast<const Independent*>(&distribution);
  return product == nullptr ? nullptr : dynamic_cast<const Bernoulli*>(&product->base());
}

const PartlyKnown* find_known(const Distribution& distribution) {
  return dynamic_cast<const PartlyKnown*>(&distribution);
}

Digits digits_of(const Distribution& distribution) {
  if (const PartlyKnown* known = find_known(distribution)) return digits_of(known->base());
  if (find_bernoulli(distribution) != nullptr) return {distribution.event_shape().at(0), 2};
  if (const auto* classes = dynamic_cast<const OneHotCategorical*>(&distribution))
    return {classes->num_variables(), classes->num_classes()};
  throw std::logic_error("the values of the distribution '" + distribution.name() +
                         "' cannot be listed");
}

}  // namespace

const Bernoulli& as_bernoulli(const Distribution& distribution) {
  if (const Bernoulli* bernoulli = find_bernoulli(distribution)) return *bernoulli;
  throw std::logic_error("expected a vector of Bernoulli latents, got '" + distribution.name() +
                         "'");
}

double support_size(const Distribution& distribution) {
  const Digits digits = digits_of(distribution);
  return std::pow(static_cast<double>(digits.base), static_cast<double>(digits.count));
}

Tensor with_known(const Distribution& distribution, const Tensor& values) {
  const PartlyKnown* known = find_known(distribution);
  return known == nullptr ? values : known->with_known(values);
}

Tensor log_masses(const Site& site, double size) {
  const PartlyKnown* known = find_known(site.dist());
  if (known == nullptr) return site.log_prob();
  return site.log_prob().masked_fill(known->is_known(), -std::log(size));
}

Tensor support_of(const Distribution& distribution, const at::TensorOptions& options) {
  const auto [count, base] = digits_of(distribution);
  const auto size = static_cast<std::int64_t>(std::llround(support_size(distribution)));
  const auto integers = options.dtype(at::kLong);
  Tensor rest = at::arange(size, integers);
  std::vector<Tensor> columns;
  for (std::int64_t i = 0; i < count; ++i) {
    columns.push_back(at::remainder(rest, base));
    rest = at::floor_divide(rest, base);
  }
  const Tensor table = at::stack(columns, /*dim=*/-1);
  const PartlyKnown* known = find_known(distribution);
  if (find_bernoulli(known == nullptr ? distribution : known->base()) != nullptr)
    return table.to(options.dtype());
  return at::one_hot(table, base).flatten(1).to(options.dtype());
}

}  // namespace elbow
