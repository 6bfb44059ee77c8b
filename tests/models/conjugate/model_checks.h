#pragma once

// What every conditionally conjugate model must hold, for the tests of single models.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "elbow/foundations/core/component.h"
#include "elbow/foundations/core/error.h"
#include "elbow/models/conjugate/conjugate_model.h"

namespace elbow::testing {

inline Tensor golden_tensor(const Json& numbers) {
  if (numbers.is_number()) return at::full({}, numbers.get<double>(), at::kDouble);
  std::vector<Tensor> rows;
  for (const auto& row : numbers) rows.push_back(golden_tensor(row));
  return at::stack(rows);
}

inline Json golden_file(const std::string& name) {
  std::ifstream file(std::string(ELBOW_SOURCE_DIR) + "/tests/golden/" + name);
  return Json::parse(file);
}

/// What a user reads when the call is refused: message | help.
template <class Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const ConfigError& error) {
    return error.diagnostics().at(0).message + " | " + error.diagnostics().at(0).help;
  } catch (const Error& error) {
    return std::string(error.what()) + " | " + error.help();
  }
  return "nothing was refused";
}

inline InitialData initial_data(const Tensor& x) {
  return {x.size(0), [x](const std::vector<std::int64_t>& rows) {
            return x.index_select(0, at::tensor(rows));
          }};
}

inline Globals start_of(const ConjugateModel& model, const Tensor& x, std::uint64_t seed = 3) {
  GeneratorSource source(at::detail::createCPUGenerator(seed));
  return Globals(model.factors(), model.initial(initial_data(x), source));
}

/// One iteration of coordinate ascent. @return the bound before it
inline double ascend(const ConjugateModel& model, const Tensor& x, Globals& globals) {
  const Statistics statistics = model.local_step(x, globals, {}).statistics;
  const double bound = bound_of(model, statistics, globals);
  for (std::size_t i = 0; i < globals.size(); ++i)
    globals.set(i, model.optimum(i, statistics, globals));
  return bound;
}

inline double bound_at(const ConjugateModel& model, const Tensor& x, const Globals& globals) {
  return bound_of(model, model.local_step(x, globals, {}).statistics, globals);
}

inline Globals fitted(const ConjugateModel& model, const Tensor& x, int iterations) {
  Globals globals = start_of(model, x);
  for (int i = 0; i < iterations; ++i) ascend(model, x, globals);
  return globals;
}

/// Natural parameters inside the space, off by about this much.
inline Tensor perturbed(const ExponentialFamily& family,
                        const Tensor& natural,
                        double size,
                        at::Generator generator) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::vector<Tensor> values;
    for (const auto& [name, value] : family.ordinary(natural)) {
      const Tensor noise = at::randn(value.sizes(), generator, value.options());
      Tensor moved = value * (1.0 + size * noise);
      if (name == "precision") moved = (moved + moved.transpose(-1, -2)) * 0.5;
      values.push_back(moved);
    }
    const Tensor out = family.natural(values);
    if (family.problem(out).empty()) return out;
  }
  throw std::logic_error("no perturbation stays inside the parameter space");
}

/// The optimum of every factor is no worse than 60 points around it, the statistics fixed.
inline void expect_optima_beat_neighbours(const ConjugateModel& model,
                                          const Tensor& x,
                                          Globals globals) {
  const Statistics statistics = model.local_step(x, globals, {}).statistics;
  at::Generator generator = at::detail::createCPUGenerator(19);
  for (std::size_t i = 0; i < globals.size(); ++i) {
    globals.set(i, model.optimum(i, statistics, globals));
    const double best = bound_of(model, statistics, globals);
    int strictly = 0;
    for (const double size : {1e-3, 1e-2, 1e-1})
      for (int draw = 0; draw < 20; ++draw) {
        Globals other = globals;
        other.set(i, perturbed(*model.factors()[i].family, globals.natural(i), size, generator));
        const double bound = bound_of(model, statistics, other);
        EXPECT_LE(bound, best + 1e-12 * std::abs(best)) << model.factors()[i].name << " " << size;
        strictly += bound < best ? 1 : 0;
      }
    EXPECT_GE(strictly, 40) << model.factors()[i].name << ": the bound does not depend on it";
  }
}

inline void expect_ascent(const ConjugateModel& model, const Tensor& x, Globals globals) {
  double before = -INFINITY;
  for (int i = 0; i < 30; ++i) {
    const double bound = ascend(model, x, globals);
    ASSERT_TRUE(std::isfinite(bound));
    EXPECT_GE(bound, before - 1e-9 * std::abs(bound)) << "iteration " << i;
    before = bound;
  }
}

/// Bounds of examples add up to the whole, and two batches to their union.
inline void expect_sums(const ConjugateModel& model, const Tensor& x, const Globals& globals) {
  const LocalStep whole = model.local_step(x, globals, {});
  const double expected =
      model.expected_log_joint(whole.statistics, globals) + whole.statistics.entropy;
  EXPECT_NEAR(fixed_sum(whole.bound), expected, 1e-10 * std::abs(expected));
  const std::int64_t half = x.size(0) / 3;
  Statistics joined = model.local_step(x.narrow(0, 0, half), globals, {}).statistics;
  joined.add(model.local_step(x.narrow(0, half, x.size(0) - half), globals, {}).statistics);
  EXPECT_NEAR(joined.entropy, whole.statistics.entropy, 1e-10 * (1 + std::abs(joined.entropy)));
  EXPECT_NEAR(joined.constant, whole.statistics.constant, 1e-10 * (1 + std::abs(joined.constant)));
  EXPECT_EQ(joined.count, whole.statistics.count);
  for (std::size_t p = 0; p < joined.parts.size(); ++p) {
    const double scale = 1 + whole.statistics.parts[p].abs().max().item<double>();
    const Tensor error = (joined.parts[p] - whole.statistics.parts[p]).abs().max();
    EXPECT_LE(error.item<double>(), 1e-11 * scale);
  }
}

/// Natural parameters from {"factor": {"location": ..., ...}}.
inline std::vector<Tensor> golden_naturals(const ConjugateModel& model, const Json& values) {
  std::vector<Tensor> out;
  for (const auto& factor : model.factors()) {
    std::vector<Tensor> ordinary;
    for (const auto& [name, unused] : factor.family->ordinary(factor.prior))
      ordinary.push_back(golden_tensor(values.at(factor.name).at(name)));
    out.push_back(factor.family->natural(ordinary));
  }
  return out;
}

/// Bounds and ordinary parameters of every iteration against a case of a golden file.
inline void expect_golden(const ConjugateModel& model, const Json& golden) {
  const Tensor x = golden_tensor(golden.at("x"));
  Globals globals(model.factors(), golden_naturals(model, golden.at("start")));
  ASSERT_GE(golden.at("iterations").size(), 10);
  int number = 0;
  for (const auto& iteration : golden.at("iterations")) {
    const double expected = iteration.at("bound").get<double>();
    EXPECT_NEAR(ascend(model, x, globals), expected, 1e-8 * std::abs(expected)) << number;
    for (std::size_t i = 0; i < globals.size(); ++i) {
      const GlobalFactor& factor = model.factors()[i];
      for (const auto& [name, value] : factor.family->ordinary(globals.natural(i))) {
        const Tensor theirs = golden_tensor(iteration.at("after").at(factor.name).at(name));
        const double scale = theirs.abs().max().item<double>();
        EXPECT_LE((value - theirs).abs().max().item<double>(), 1e-8 * scale)
            << number << " " << factor.name << "." << name;
      }
    }
    ++number;
  }
}

/// Natural parameters inside the space, off by about this much; matrices stay symmetric.
inline Tensor nearby(const ExponentialFamily& family,
                     const Tensor& natural,
                     double size,
                     at::Generator generator) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::vector<Tensor> values;
    for (const auto& [name, value] : family.ordinary(natural)) {
      const Tensor noise = at::randn(value.sizes(), generator, value.options());
      const bool is_matrix = name == "precision" || name == "inverse_scale";
      values.push_back(value *
                       (1.0 + size * (is_matrix ? (noise + noise.mT()) / std::sqrt(2.0) : noise)));
    }
    const Tensor out = family.natural(values);
    if (family.problem(out).empty()) return out;
  }
  throw std::logic_error("no neighbour lies inside the parameter space");
}

}  // namespace elbow::testing
