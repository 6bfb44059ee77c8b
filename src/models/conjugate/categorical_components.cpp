#include "categorical_components.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/zeros.h>

#include "elbow/probability/families/dirichlet.h"
#include "index_at.h"

namespace elbow {

ComponentInfo CategoricalComponents::info() {
  ComponentLikelihoodTraits traits;
  traits.support = SupportKind::symbol;
  return ComponentInfo::of(
             "categorical",
             "One column of symbols 0, 1, 2, ...; counts of outcomes are 'multinomial'")
      .source(
          "Rabiner, A tutorial on hidden Markov models and selected applications in speech "
          "recognition, 1989, section II")
      .takes(
          {Parameter::integer("num_symbols", "symbols: 0 to num_symbols - 1")
               .at_least(2)
               .at_most(1e6),
           Parameter::number("concentration", "of the Dirichlet prior on each class's proportions")
               .defaults(1.0)
               .above(0)})
      .with(traits);
}

CategoricalComponents::CategoricalComponents(const ConfigNode& node, const ComponentSizes& sizes)
    : num_symbols_(node.integer("num_symbols")) {
  if (sizes.num_features != 1)
    node.refuse(
        "symbols stand in one column, and the data have " + std::to_string(sizes.num_features),
        "set model.component={type: multinomial} for columns that count outcomes");
  factor_ = {
      "components",
      std::make_shared<DirichletFamily>(num_symbols_),
      at::full(
          {sizes.num_components, num_symbols_}, node.number("concentration") - 1.0, at::kDouble)};
}

Tensor CategoricalComponents::features(const Tensor& x) const {
  return at::one_hot(x.select(-1, 0).to(at::kLong), num_symbols_).to(at::kDouble);
}

Tensor CategoricalComponents::base(const Tensor& x) const {
  return at::zeros({x.size(0)}, at::kDouble);
}

Tensor CategoricalComponents::draw(const Tensor& theta, RandomSource& source) const {
  const Tensor uniform = source.uniform({theta.size(0), 1}, theta.options());
  return index_at(theta.cumsum(-1), uniform).to(at::kDouble);
}

std::string CategoricalComponents::problem(const Tensor& x) const {
  const Tensor is_symbol = x.ge(0) & x.lt(static_cast<double>(num_symbols_)) & x.eq(x.floor());
  if (is_symbol.all().item<bool>()) return "";
  return "a value is not a symbol (0 to " + std::to_string(num_symbols_ - 1) + ")";
}

Tensor CategoricalComponents::expected(const Tensor& natural, bool) const {
  return natural.argmax(-1, /*keepdim=*/true).to(at::kDouble);
}

}  // namespace elbow
