#pragma once

// Every listed conjugate model as configurations set it up, with small data: conformance_test.cpp
// walks over them. A new model adds a row to model_examples() at the end of this file.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "elbow/models/conjugate/basis.h"
#include "elbow/models/conjugate/component_likelihood.h"
#include "elbow/models/conjugate/conjugate_model_factory.h"
#include "elbow/models/conjugate/mixture_weights.h"
#include "elbow/models/conjugate/precision.h"
#include "support/data_context.h"
#include "support/resolved_node.h"

namespace elbow::testing {

struct ModelExample {
  std::string label;  ///< letters, digits and underscores: names the tests
  Json keys;          ///< what differs from the defaults
  Tensor x;           ///< [B, event...] float64, a sparse CSR matrix for bags of words
  std::int64_t num_responses = 0;
  bool has_points = true;  ///< all factors may be point masses
  bool has_flat = true;    ///< and these have an estimate without priors
};

/// Components that conjugate models have, by kind.
inline std::vector<ComponentInfo> parts_of_kind(const std::string& kind) {
  if (kind == "component_likelihood") return component_likelihood_factory().infos();
  if (kind == "mixture_weights") return mixture_weights_factory().infos();
  if (kind == "basis") return basis_factory().infos();
  if (kind == "noise") return noise_factory().infos();
  if (kind == "weight_prior") return weight_prior_factory().infos();
  throw std::logic_error("parts_of_kind() of tests/models/conjugate/model_examples.h lacks " +
                         kind);
}

/// Keys with every default written out, those of the component's own components too.
inline Json with_defaults(const ComponentInfo& info, const Json& keys) {
  Json out = resolved(info, keys);
  for (const Parameter& parameter : info.parameters) {
    if (parameter.type != ParameterType::component || out[parameter.name].is_null()) continue;
    const Json part = out[parameter.name];
    for (const auto& row : parts_of_kind(parameter.kind))
      if (row.name == part.at("type")) out[parameter.name] = with_defaults(row, part);
  }
  return out;
}

inline ConjugateModelPtr model_of(const std::string& name, const ModelExample& example) {
  const Json node = with_defaults(info_in(conjugate_model_factory(), name), example.keys);
  const auto shape = example.x.sizes().slice(1).vec();
  return conjugate_model_factory().create(ConfigNode(node),
                                          data_of(shape, example.x.size(0), example.num_responses));
}

/// Row n of a table [3, D], by which of three groups n belongs to. @return [count, D]
inline Tensor by_group(const std::vector<double>& table, const Tensor& group) {
  return at::tensor(table, at::kDouble).reshape({3, -1}).index_select(0, group);
}

inline at::Generator example_generator() { return at::detail::createCPUGenerator(41); }

inline Tensor real_examples(const Tensor& group) {
  const Tensor mean = by_group({-3, 0, 3, 1, 0, 4}, group);
  return mean + at::randn(mean.sizes(), example_generator(), mean.options());
}

/// Three columns; each has zeros.
inline Tensor count_examples(const Tensor& group) {
  return at::poisson(by_group({0.3, 6, 2, 5, 0.4, 3, 2, 4, 0.2}, group), example_generator());
}

inline Tensor bit_examples(const Tensor& group) {
  return at::bernoulli(by_group({0.2, 0.8, 0.7, 0.8, 0.2, 0.4, 0.5, 0.7, 0.2}, group),
                       example_generator());
}

/// One column of symbols 0 to 3.
inline Tensor symbol_examples(const Tensor& group) {
  const Tensor chances = by_group({4, 3, 2, 1, 1, 2, 3, 4, 2, 4, 2, 1}, group);
  return at::multinomial(chances, 1, false, example_generator()).to(at::kDouble);
}

/// The group of each of `count` examples, in turn.
inline Tensor groups_of(std::int64_t count) { return at::arange(count).remainder(3); }

inline std::vector<ModelExample> mixture_examples() {
  const Tensor group = groups_of(48), reals = real_examples(group), counts = count_examples(group);
  const std::vector<std::pair<Json, Tensor>> components = {
      {{{"type", "normal_unit"}}, reals},
      {{{"type", "normal_diagonal"}}, reals},
      {{{"type", "normal_full"}}, reals},
      {{{"type", "poisson"}}, counts},
      {{{"type", "bernoulli"}}, bit_examples(group)},
      {{{"type", "multinomial"}}, counts},
      {{{"type", "categorical"}, {"num_symbols", 4}}, symbol_examples(group)}};
  std::vector<ModelExample> out;
  for (const auto& [component, x] : components)
    for (const char* weights : {"dirichlet", "stick_breaking"})
      out.push_back({component.at("type").get<std::string>() + "_" + weights,
                     {{"num_components", 3},
                      {"component", component},
                      {"weights", {{"type", weights}}},
                      {"start", "random_responsibilities"}},
                     x});
  const Json unit = {{"type", "normal_unit"}}, uniform = {{"type", "uniform"}};
  out.push_back({"hard", {{"num_components", 3}, {"hard", true}}, reals});
  out.push_back({"k_means",
                 {{"num_components", 3}, {"component", unit}, {"weights", uniform}, {"hard", true}},
                 reals});
  return out;
}

/// Steps [M, D] as sequences of different lengths, padded with NaN. @return [N, T, D]
inline Tensor sequences_of(const Tensor& steps, const std::vector<std::int64_t>& lengths) {
  const std::int64_t longest = *std::max_element(lengths.begin(), lengths.end());
  std::vector<Tensor> out;
  std::int64_t begin = 0;
  for (const std::int64_t length : lengths) {
    const Tensor padding = at::full({longest - length, steps.size(1)}, NAN, at::kDouble);
    out.push_back(at::cat({steps.narrow(0, begin, length), padding}));
    begin += length;
  }
  return at::stack(out);
}

inline std::vector<ModelExample> hidden_markov_examples() {
  const std::vector<std::int64_t> lengths{9, 4, 15, 1, 11, 30};
  // States change every fourth step.
  const Tensor state = at::arange(70).div(4, "floor").remainder(3);
  const std::vector<std::pair<Json, Tensor>> components = {
      {{{"type", "normal_full"}}, real_examples(state)},
      {{{"type", "poisson"}}, count_examples(state)},
      {{{"type", "categorical"}, {"num_symbols", 4}}, symbol_examples(state)}};
  std::vector<ModelExample> out;
  for (const auto& [component, steps] : components)
    for (const char* posterior : {"chain", "factorised"})
      out.push_back({component.at("type").get<std::string>() + "_" + posterior,
                     {{"num_states", 3},
                      {"component", component},
                      {"posterior", posterior},
                      {"initial_concentration", 1.4},
                      {"transition_concentration", 1.1},
                      {"self_transition", 0.5},
                      {"start", "random_responsibilities"}},
                     sequences_of(steps, lengths)});
  return out;
}

/// Two inputs and a response to them.
inline Tensor response_examples(std::int64_t count) {
  const at::Generator generator = example_generator();
  const Tensor x = at::rand({count, 2}, generator, at::kDouble) * 2 - 1;
  const Tensor noise = at::randn({count}, generator, at::kDouble) * 0.3;
  const Tensor y = 0.5 + x.select(1, 0) - 2 * x.select(1, 1) + noise;
  return at::cat({x, y.unsqueeze(1)}, 1);
}

inline std::vector<ModelExample> linear_regression_examples() {
  const Tensor x = response_examples(40);
  const Json known = {{"type", "known"}, {"precision", 4.0}}, learned = {{"type", "learned"}},
             ard = {{"type", "ard"}};
  return {{"known_noise", {{"noise", known}}, x, 1, true, false},
          {"factorised", {{"noise", known}, {"posterior", "factorised"}}, x, 1, true, false},
          {"ard", {{"noise", learned}, {"weight_prior", ard}}, x, 1, false, false},
          {"normal_gamma", {{"noise", learned}, {"posterior", "normal_gamma"}}, x, 1, true, false}};
}

inline std::vector<ModelExample> factor_analysis_examples() {
  const Tensor group = groups_of(48);
  const Tensor x = at::cat({real_examples(group), real_examples(group).flip({0})}, 1);
  return {{"isotropic", {{"num_factors", 2}}, x, 0, true, false},
          {"diagonal", {{"num_factors", 2}, {"noise", "diagonal"}}, x, 0, true, false}};
}

inline std::vector<ModelExample> hierarchical_regression_examples() {
  const Tensor group = groups_of(48).to(at::kDouble).unsqueeze(1);
  return {{"groups",
           {{"group_column", 0}, {"num_groups", 3}},
           at::cat({group, response_examples(48)}, 1),
           1,
           true,
           false}};
}

inline std::vector<ModelExample> lda_examples() {
  const Tensor group = groups_of(30);
  const Tensor dense = at::cat({count_examples(group), count_examples(group.flip({0}))}, 1);
  const Json keys = {{"num_topics", 3}, {"sweeps", 2000}, {"tolerance", 1e-13}};
  Json both = keys;
  both.update({{"learn_alpha", "asymmetric"}, {"learn_eta", true}});
  return {{"fixed", keys, dense.to_sparse_csr(), 0, false, false},
          {"learned", both, dense.to_sparse_csr(), 0, false, false}};
}

/// Of every listed model, by name.
inline const std::map<std::string, std::vector<ModelExample>>& model_examples() {
  static const std::map<std::string, std::vector<ModelExample>> rows = {
      {"factor_analysis", factor_analysis_examples()},
      {"hidden_markov", hidden_markov_examples()},
      {"hierarchical_regression", hierarchical_regression_examples()},
      {"lda", lda_examples()},
      {"linear_regression", linear_regression_examples()},
      {"mixture", mixture_examples()},
  };
  return rows;
}

}  // namespace elbow::testing
