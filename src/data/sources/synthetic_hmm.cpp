#include <algorithm>
#include <cmath>
#include <limits>

#include "elbow/foundations/core/constants.h"
#include "keyed_draws.h"
#include "synthetic_rows.h"

namespace elbow::data {
namespace {

constexpr double kMeanSpread = 3.0;  ///< standard deviation of the states' means

/// A hidden Markov model with spherical Gaussian emissions: the first state is uniform, a step
/// stays with probability `stay`, and moves to each other state with equal probability.
/// (Rabiner, "A tutorial on hidden Markov models", Proc. IEEE 77(2), 1989, section II.)
struct HiddenMarkovModel {
  std::int64_t num_states = 0, num_features = 0, num_steps = 0;
  double stay = 0, scale = 0;
  std::vector<std::vector<double>> means;  ///< [states][features]

  double move() const {
    return num_states > 1 ? (1.0 - stay) / static_cast<double>(num_states - 1) : 0.0;
  }
  double transition(std::size_t from, std::size_t to) const {
    return num_states == 1 ? 1.0 : from == to ? stay : move();
  }

  double log_emission(std::size_t state, const double* x) const {
    double squares = 0;
    for (std::size_t d = 0; d < means[state].size(); ++d) {
      const double z = (x[d] - means[state][d]) / scale;
      squares += z * z;
    }
    return -0.5 * squares - static_cast<double>(num_features) * (std::log(scale) + kHalfLog2Pi);
  }

  /// ln p(x) of one sequence [steps, features] by the forward recursion (Rabiner, section III.A),
  /// scaled at each step so that long sequences do not underflow.
  double log_density(const double* x) const {
    const auto states = static_cast<std::size_t>(num_states);
    std::vector<double> belief(states, 1.0 / static_cast<double>(num_states)), next(states);
    double out = 0;
    for (std::int64_t t = 0; t < num_steps; ++t, x += num_features) {
      double highest = -std::numeric_limits<double>::infinity(), total = 0;
      for (std::size_t s = 0; s < states; ++s) highest = std::max(highest, log_emission(s, x));
      for (std::size_t s = 0; s < states; ++s)
        total += belief[s] *= std::exp(log_emission(s, x) - highest);
      out += highest + std::log(total);
      for (std::size_t to = 0; to < states; ++to) {
        next[to] = 0;
        for (std::size_t from = 0; from < states; ++from)
          next[to] += belief[from] / total * transition(from, to);
      }
      belief.swap(next);
    }
    return out;
  }

  void draw(const KeyedDraws& draws, std::uint32_t stream, std::int64_t row, double* x) const {
    std::int64_t state = 0;
    for (std::int64_t t = 0; t < num_steps; ++t) {
      state = draw_state(state, t == 0, draws.uniform(stream, row, t));
      const auto& mean = means[static_cast<std::size_t>(state)];
      for (std::int64_t d = 0; d < num_features; ++d)
        *x++ = mean[static_cast<std::size_t>(d)] +
               scale * draws.normal(stream + 1, row, t * num_features + d);
    }
  }

  std::int64_t draw_state(std::int64_t before, bool is_first, double uniform) const {
    if (num_states == 1) return 0;
    if (is_first)
      return std::min(static_cast<std::int64_t>(uniform * static_cast<double>(num_states)),
                      num_states - 1);
    if (uniform < stay) return before;
    const auto others = static_cast<double>(num_states - 1);
    const auto other = std::min(static_cast<std::int64_t>((uniform - stay) / (1.0 - stay) * others),
                                num_states - 2);
    return other < before ? other : other + 1;
  }
};

Json transition_rows(const HiddenMarkovModel& model) {
  Json out = Json::array();
  for (std::size_t from = 0; from < model.means.size(); ++from) {
    Json row = Json::array();
    for (std::size_t to = 0; to < model.means.size(); ++to)
      row.push_back(model.transition(from, to));
    out.push_back(std::move(row));
  }
  return out;
}

Json mean_log_densities(const RawData& data) {
  Json out = Json::object();
  for (const auto& [name, split] : data.splits) {
    const std::int64_t size = split.images.count() / split.size();
    double sum = 0;
    for (std::int64_t row = 0; row < split.size(); ++row)
      sum += data.log_density(split.images.as<double>() + row * size);
    out[name] = sum / static_cast<double>(split.size());
  }
  return out;
}

HiddenMarkovModel model_of(const ConfigNode& config, const KeyedDraws& draws) {
  HiddenMarkovModel out;
  out.num_states = config.integer("states");
  out.num_features = config.integer("features");
  out.num_steps = config.integer("sequence_length");
  out.stay = config.number("stay_probability");
  out.scale = config.number("noise_scale");
  for (std::int64_t s = 0; s < out.num_states; ++s) {
    out.means.emplace_back();
    for (std::int64_t d = 0; d < out.num_features; ++d)
      out.means.back().push_back(kMeanSpread * draws.normal(/*stream=*/2, s, d));
  }
  return out;
}

}  // namespace

RawData make_hmm(const ConfigNode& config, std::uint64_t run_seed) {
  const KeyedDraws draws(
      derive_key(seed_of(config, "seed", run_seed), Purpose::synthetic, /*a=*/4));
  const HiddenMarkovModel model = model_of(config, draws);
  const auto fill = [&](std::uint32_t stream, std::int64_t row, double* x) {
    model.draw(draws, stream, row, x);
  };
  RawData out = fill_splits(config, model.num_steps * model.num_features, fill);
  out.event_shape = {model.num_steps, model.num_features};
  for (auto& entry : out.splits)
    entry.second.images.shape = {entry.second.size(), model.num_steps, model.num_features};
  const auto states = static_cast<std::size_t>(model.num_states);
  out.info["initial"] = std::vector<double>(states, 1.0 / static_cast<double>(model.num_states));
  out.info["transition"] = transition_rows(model);
  out.info["means"] = model.means;
  out.info["scales"] = std::vector<double>(states, model.scale);
  out.log_density = [model](const double* x) { return model.log_density(x); };
  out.info["mean_log_density"] = mean_log_densities(out);
  return out;
}

}  // namespace elbow::data
