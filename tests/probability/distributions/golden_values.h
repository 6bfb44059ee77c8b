#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>

#include "elbow/probability/distributions/bernoulli.h"
#include "elbow/probability/distributions/beta.h"
#include "elbow/probability/distributions/categorical.h"
#include "elbow/probability/distributions/continuous_bernoulli.h"
#include "elbow/probability/distributions/dirichlet.h"
#include "elbow/probability/distributions/discretized_logistic.h"
#include "elbow/probability/distributions/full_rank_normal.h"
#include "elbow/probability/distributions/gamma.h"
#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/location_scale.h"
#include "elbow/probability/distributions/low_rank_normal.h"
#include "elbow/probability/distributions/mixture_normal.h"
#include "elbow/probability/distributions/negative_binomial.h"
#include "elbow/probability/distributions/normal.h"
#include "elbow/probability/distributions/one_hot_categorical.h"
#include "elbow/probability/distributions/ordinal.h"
#include "elbow/probability/distributions/poisson.h"
#include "elbow/probability/distributions/relaxed_bernoulli.h"
#include "elbow/probability/distributions/relaxed_one_hot.h"
#include "elbow/probability/distributions/student_t.h"
#include "elbow/probability/distributions/uniform_sphere.h"
#include "elbow/probability/distributions/von_mises_fisher.h"
#include "elbow/probability/distributions/zero_inflated.h"
#include "probability/distributions/examples.h"

namespace elbow::testing {

inline Json golden_cases() {
  std::ifstream file(std::string(ELBOW_SOURCE_DIR) + "/tests/golden/distributions.json");
  return Json::parse(file).at("cases");
}

inline Tensor tensor_of(const Json& numbers) {
  if (numbers.at(0).is_array()) {
    std::vector<Tensor> rows;
    for (const auto& row : numbers) rows.push_back(tensor_of(row));
    return at::stack(rows);
  }
  return at::tensor(numbers.get<std::vector<double>>(), at::TensorOptions(at::kDouble));
}

/// A `Family` from the named parameters, in the order of its constructor.
template <class Family, class... Names>
DistributionPtr built(const Json& parameters, Names... names) {
  return std::make_shared<Family>(tensor_of(parameters.at(names))...);
}

inline DistributionPtr build(const std::string& name, const Json& p) {
  if (name == "bernoulli") return built<Bernoulli>(p, "logits");
  if (name == "categorical") return built<Categorical>(p, "logits");
  if (name == "one_hot_categorical") return built<OneHotCategorical>(p, "logits");
  if (name == "relaxed_bernoulli")
    return std::make_shared<RelaxedBernoulli>(tensor_of(p.at("logits")),
                                              tensor_of(p.at("temperature")).squeeze());
  if (name == "relaxed_one_hot")
    return std::make_shared<RelaxedOneHot>(tensor_of(p.at("logits")),
                                           tensor_of(p.at("temperature")).squeeze());
  if (name == "continuous_bernoulli") return built<ContinuousBernoulli>(p, "logits");
  if (name == "normal") return built<Normal>(p, "loc", "log_scale");
  if (name == "diag_normal") return built<DiagNormal>(p, "loc", "log_scale");
  if (name == "full_rank_normal") return built<FullRankNormal>(p, "loc", "scale_tril");
  if (name == "low_rank_normal") return built<LowRankNormal>(p, "loc", "factor", "log_diag");
  if (name == "mixture_normal") return built<MixtureNormal>(p, "logits", "loc", "log_scale");
  if (name == "laplace") return built<Laplace>(p, "loc", "log_scale");
  if (name == "logistic") return built<Logistic>(p, "loc", "log_scale");
  if (name == "log_normal") return built<LogNormal>(p, "loc", "log_scale");
  if (name == "student_t") return built<StudentT>(p, "log_df", "loc", "log_scale");
  if (name == "gamma") return built<Gamma>(p, "log_concentration", "log_rate");
  if (name == "beta") return built<Beta>(p, "log_a", "log_b");
  if (name == "dirichlet") return built<Dirichlet>(p, "log_concentration");
  if (name == "von_mises_fisher") return built<VonMisesFisher>(p, "loc", "log_concentration");
  if (name == "uniform_sphere") return built<UniformSphere>(p, "loc");
  if (name == "poisson") return built<Poisson>(p, "log_rate");
  if (name == "negative_binomial") return built<NegativeBinomial>(p, "log_mean", "log_dispersion");
  if (name == "zero_inflated_negative_binomial")
    return std::make_shared<ZeroInflated>(tensor_of(p.at("zero_logit")),
                                          built<NegativeBinomial>(p, "log_mean", "log_dispersion"));
  if (name == "ordinal") return built<Ordinal>(p, "loc", "first_cut", "log_gaps");
  if (name == "discretized_logistic")
    return std::make_shared<DiscretizedLogistic>(
        tensor_of(p.at("loc")), tensor_of(p.at("log_scale")), LevelGrid{});
  EXPECT_EQ(name, "independent") << "a new distribution needs golden values and a line here";
  return std::make_shared<Independent>(built<Normal>(p, "loc", "log_scale"), 1);
}

}  // namespace elbow::testing
