#include "distribution_rows.h"
#include "elbow/probability/distributions/relaxed_bernoulli.h"
#include "elbow/probability/distributions/relaxed_one_hot.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

constexpr const char* kConcretePaper =
    "Maddison, Mnih, Teh, The Concrete distribution, 2017, arXiv:1611.00712";

DistributionRowTraits relaxed_traits(SupportKind support, DistributionEvent event) {
  DistributionRowTraits out{support, event};
  out.has_entropy = out.has_moments = false;
  return out;
}

Tensor temperature_example(ExampleParameters& parameters) { return parameters.draw({}, 0.1, 1.1); }

}  // namespace

DistributionRows relaxed_rows() {
  DistributionRows rows;
  rows.push_back(distribution_row(
      "relaxed_bernoulli",
      "binary Concrete on (0, 1) by a logit and a temperature",
      kConcretePaper,
      relaxed_traits(SupportKind::unit_interval, DistributionEvent::scalar),
      [](const Shape& batch, ExampleParameters& parameters) {
        const Tensor logits = parameters.draw(batch, 1.0);
        return std::make_shared<RelaxedBernoulli>(logits, temperature_example(parameters));
      }));
  rows.push_back(distribution_row(
      "relaxed_one_hot",
      "Concrete (Gumbel-Softmax) variables on the simplex, by logits and a "
      "temperature",
      kConcretePaper,
      relaxed_traits(SupportKind::simplex, DistributionEvent::vector),
      [](const Shape& batch, ExampleParameters& parameters) {
        const Tensor logits = parameters.draw(concatenate(batch, {1, 3}), 1.0);
        return std::make_shared<RelaxedOneHot>(logits, temperature_example(parameters));
      }));
  return rows;
}

}  // namespace elbow
