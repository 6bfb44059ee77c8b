#include "elbow/probability/distributions/distribution_factory.h"

#include "distribution_rows.h"
#include "elbow/probability/distributions/bernoulli.h"
#include "elbow/probability/distributions/categorical.h"
#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/normal.h"
#include "elbow/probability/distributions/one_hot_categorical.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

DistributionRowTraits discrete_traits(SupportKind support) {
  DistributionRowTraits out{support, DistributionEvent::scalar};
  out.has_rsample = false;
  out.is_discrete = true;
  return out;
}

DistributionRows::value_type independent_row() {
  return distribution_row("independent",
                          "reads trailing batch dimensions of another distribution as one event",
                          "",
                          {SupportKind::real, DistributionEvent::base},
                          [](const Shape& batch, ExampleParameters& parameters) {
                            const auto shape = concatenate(batch, {2});
                            const Tensor loc = parameters.draw(shape, 1.0);
                            auto base = std::make_shared<Normal>(loc, parameters.draw(shape, 0.3));
                            return std::make_shared<Independent>(std::move(base), 1);
                          });
}

DistributionRows all_distribution_rows() {
  DistributionRows rows;
  for (auto* part :
       {normal_rows, scalar_rows, bounded_vector_rows, discrete_rows, count_rows, relaxed_rows})
    for (auto& row : part()) rows.push_back(std::move(row));
  rows.push_back(independent_row());
  return rows;
}

}  // namespace

DistributionRows discrete_rows() {
  DistributionRows rows;
  rows.push_back(distribution_row("bernoulli",
                                  "0 or 1 by the logit",
                                  "",
                                  discrete_traits(SupportKind::binary),
                                  [](const Shape& batch, ExampleParameters& parameters) {
                                    return std::make_shared<Bernoulli>(parameters.draw(batch, 1.0));
                                  }));
  rows.push_back(distribution_row("categorical",
                                  "class index by unnormalised log probabilities",
                                  "",
                                  discrete_traits(SupportKind::integer),
                                  [](const Shape& batch, ExampleParameters& parameters) {
                                    return std::make_shared<Categorical>(
                                        parameters.draw(concatenate(batch, {4}), 1.0));
                                  }));
  DistributionRowTraits one_hot = discrete_traits(SupportKind::one_hot);
  one_hot.event = DistributionEvent::vector;
  rows.push_back(distribution_row("one_hot_categorical",
                                  "classes of several variables as one vector of zeros and ones",
                                  "",
                                  one_hot,
                                  [](const Shape& batch, ExampleParameters& parameters) {
                                    return std::make_shared<OneHotCategorical>(
                                        parameters.draw(concatenate(batch, {2, 3}), 1.0));
                                  }));
  return rows;
}

Factory<DistributionExample>& distribution_factory() {
  static Factory<DistributionExample> factory("distribution", all_distribution_rows());
  return factory;
}

}  // namespace elbow
