#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "elbow/models/conjugate/hidden_markov.h"
#include "models/conjugate/model_checks.h"
#include "support/data_context.h"
#include "support/resolved_node.h"

namespace elbow::testing {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// A model of sequences [T, D] with K states; `component` has a type and what differs from its
/// defaults, `keys` what differs from the model's.
inline std::shared_ptr<HiddenMarkov> hidden_markov(std::int64_t num_states,
                                                   const std::vector<std::int64_t>& event_shape,
                                                   const Json& component,
                                                   const Json& keys = Json::object(),
                                                   std::int64_t num_examples = 0) {
  Json node = resolved(HiddenMarkov::info(), keys);
  node["num_states"] = num_states;
  node["component"] =
      resolved(info_in(component_likelihood_factory(), component.at("type")), component);
  return std::make_shared<HiddenMarkov>(ConfigNode(node), data_of(event_shape, num_examples));
}

inline at::Generator generator(std::uint64_t seed) { return at::detail::createCPUGenerator(seed); }

/// States that stay four times out of five, [length].
inline std::vector<std::int64_t> sticky_states(std::int64_t length,
                                               std::int64_t num_states,
                                               at::Generator& g) {
  const Tensor u = at::rand({length, 2}, g, at::kDouble);
  std::vector<std::int64_t> out;
  for (std::int64_t t = 0; t < length; ++t) {
    const bool stays = t > 0 && u[t][0].item<double>() < 0.8;
    const double other = u[t][1].item<double>() * static_cast<double>(num_states);
    out.push_back(stays ? out.back() : static_cast<std::int64_t>(other));
  }
  return out;
}

/// Sequences of two features around means that lie on a circle of radius 3, padded to the longest.
inline Tensor normal_sequences(const std::vector<std::int64_t>& lengths,
                               std::int64_t num_states,
                               std::uint64_t seed) {
  at::Generator g = generator(seed);
  const std::int64_t count = static_cast<std::int64_t>(lengths.size());
  const std::int64_t longest = *std::max_element(lengths.begin(), lengths.end());
  Tensor out = at::full({count, longest, 2}, kMissing, at::kDouble);
  for (std::int64_t n = 0; n < count; ++n) {
    const auto states = sticky_states(lengths[static_cast<std::size_t>(n)], num_states, g);
    for (std::size_t t = 0; t < states.size(); ++t) {
      const double angle = 2 * M_PI * static_cast<double>(states[t]) / double(num_states);
      const Tensor mean = at::tensor({3 * std::cos(angle), 3 * std::sin(angle)}, at::kDouble);
      out[n][static_cast<std::int64_t>(t)] = mean + at::randn({2}, g, at::kDouble);
    }
  }
  return out;
}

/// Sequences of one column of symbols: mostly the state's own.
inline Tensor symbol_sequences(const std::vector<std::int64_t>& lengths,
                               std::int64_t num_states,
                               std::int64_t num_symbols,
                               std::uint64_t seed) {
  at::Generator g = generator(seed);
  const std::int64_t count = static_cast<std::int64_t>(lengths.size());
  const std::int64_t longest = *std::max_element(lengths.begin(), lengths.end());
  Tensor out = at::full({count, longest, 1}, kMissing, at::kDouble);
  for (std::int64_t n = 0; n < count; ++n) {
    const auto states = sticky_states(lengths[static_cast<std::size_t>(n)], num_states, g);
    for (std::size_t t = 0; t < states.size(); ++t) {
      const Tensor u = at::rand({2}, g, at::kDouble);
      const double any = std::floor(u[1].item<double>() * double(num_symbols));
      out[n][static_cast<std::int64_t>(t)] =
          u[0].item<double>() < 0.6 ? static_cast<double>(states[t]) : any;
    }
  }
  return out;
}

/// One step of coordinate ascent with all examples. @return the bound before it
inline double ascend(const ConjugateModel& model,
                     const Tensor& x,
                     Globals& globals,
                     Tensor& local) {
  const LocalStep step = model.local_step(x, globals, local);
  local = step.local;
  const double bound = bound_of(model, step.statistics, globals);
  for (std::size_t i = 0; i < globals.size(); ++i)
    globals.set(i, model.optimum(i, step.statistics, globals));
  return bound;
}

}  // namespace elbow::testing
