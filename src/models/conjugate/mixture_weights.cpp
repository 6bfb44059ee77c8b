#include "elbow/models/conjugate/mixture_weights.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "elbow/probability/families/beta.h"
#include "elbow/probability/families/dirichlet.h"

namespace elbow {

namespace {

class DirichletWeights : public MixtureWeights {
 public:
  DirichletWeights(const ConfigNode& node, std::int64_t size)
      : family_(std::make_shared<DirichletFamily>(size)),
        prior_(at::full({size}, node.number("concentration") - 1.0, at::kDouble)) {}
  static ComponentInfo info() {
    return ComponentInfo::
        of("dirichlet",
           "Proportions with a symmetric Dirichlet prior; a small concentration empties classes")
            .source("Bishop, Pattern Recognition and Machine Learning, 2006, section 10.2")
            .takes({Parameter::number("concentration", "of each class").defaults(1.0).above(0)});
  }
  std::optional<GlobalFactor> factor() const override {
    return GlobalFactor{"weights", family_, prior_};
  }
  Tensor expected_log(const Tensor& mean) const override { return mean; }
  Tensor statistics(const Tensor& counts) const override { return counts; }
  Tensor expected(const Tensor& natural, bool is_point) const override {
    if (is_point) return family_->mode(natural);
    const Tensor concentration = natural + 1.0;
    return concentration / concentration.sum(-1, /*keepdim=*/true);
  }

 private:
  ExponentialFamilyPtr family_;
  Tensor prior_;
};

/// pi_k = v_k prod_{j < k} (1 - v_j), v_k ~ Beta(1, concentration), truncated at K: the last takes
/// what is left.
class StickBreakingWeights : public MixtureWeights {
 public:
  StickBreakingWeights(const ConfigNode& node, std::int64_t size)
      : family_(std::make_shared<BetaFamily>()),
        prior_(at::stack({at::zeros({size - 1}, at::kDouble),
                          at::full({size - 1}, node.number("concentration") - 1.0, at::kDouble)},
                         -1)) {}
  static ComponentInfo info() {
    return ComponentInfo::of("stick_breaking",
                             "Truncated Dirichlet process: as many classes as the data ask for, up "
                             "to num_components")
        .source(
            "Blei, Jordan, Variational inference for Dirichlet process mixtures, 2006, section 3")
        .takes(
            {Parameter::number("concentration", "of the Dirichlet process; more gives more classes")
                 .defaults(1.0)
                 .above(0)});
  }
  std::optional<GlobalFactor> factor() const override {
    return GlobalFactor{"weights", family_, prior_};
  }
  Tensor expected_log(const Tensor& mean) const override {
    const Tensor zero = at::zeros({1}, at::kDouble);
    return at::cat({mean.select(-1, 0), zero}) + at::cat({zero, mean.select(-1, 1).cumsum(0)});
  }
  Tensor statistics(const Tensor& counts) const override {
    const std::int64_t size = counts.size(0);
    const Tensor from_here = counts.flip({0}).cumsum(0).flip({0});
    return at::stack({counts.narrow(0, 0, size - 1), from_here.narrow(0, 1, size - 1)}, -1);
  }
  Tensor expected(const Tensor& natural, bool is_point) const override {
    const Tensor concentration = natural + 1.0;
    const Tensor v = is_point ? family_->mode(natural).select(-1, 0)
                              : concentration.select(-1, 0) / concentration.sum(-1);
    const Tensor one = at::full({1}, 1.0, at::kDouble);
    return at::cat({v, one}) * at::cat({one, (1.0 - v).cumprod(0)});
  }

 private:
  ExponentialFamilyPtr family_;
  Tensor prior_;
};

class UniformWeights : public MixtureWeights {
 public:
  UniformWeights(const ConfigNode&, std::int64_t size) : size_(size) {}
  static ComponentInfo info() {
    return ComponentInfo::of("uniform", "Equal proportions, not learned");
  }
  std::optional<GlobalFactor> factor() const override { return std::nullopt; }
  Tensor expected_log(const Tensor&) const override {
    return at::full({size_}, -std::log(static_cast<double>(size_)), at::kDouble);
  }
  Tensor statistics(const Tensor& counts) const override { return counts; }
  Tensor expected(const Tensor&, bool) const override {
    return at::full({size_}, 1.0 / static_cast<double>(size_), at::kDouble);
  }

 private:
  std::int64_t size_;
};

using WeightsFactory = Factory<MixtureWeightsPtr, std::int64_t>;

template <class Kind>
WeightsFactory::Row weights_row() {
  return WeightsFactory::row<Kind>();
}

}  // namespace

WeightsFactory& mixture_weights_factory() {
  static WeightsFactory factory("mixture_weights",
                                {weights_row<DirichletWeights>(),
                                 weights_row<StickBreakingWeights>(),
                                 weights_row<UniformWeights>()});
  return factory;
}

}  // namespace elbow
