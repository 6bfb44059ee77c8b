// What every conditionally conjugate model must hold, over the factory's names.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cstring>

#include "elbow/foundations/io/safetensors.h"
#include "elbow/models/conjugate/response_prediction.h"
#include "elbow/models/conjugate/topic_words.h"
#include "models/conjugate/model_checks.h"
#include "models/conjugate/model_examples.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::model_examples;
using testing::ModelExample;

class EveryListedModel : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryListedModel, HasExamples) {
  const auto found = model_examples().find(GetParam());
  EXPECT_TRUE(found != model_examples().end() && !found->second.empty())
      << "no test looks at the model '" << GetParam()
      << "': add it to model_examples() in tests/models/conjugate/model_examples.h";
}

INSTANTIATE_TEST_SUITE_P(ConjugateModels,
                         EveryListedModel,
                         ::testing::ValuesIn(conjugate_model_factory().names()),
                         [](const auto& row) { return row.param; });

/// A model, its data, and what its global factors are.
struct Case {
  std::string model, points;
  ModelExample example;

  std::string name() const { return model + "_" + example.label + "_" + points; }
};

void PrintTo(const Case& row, std::ostream* out) { *out << row.name(); }

std::vector<Case> cases() {
  std::vector<Case> out;
  for (const auto& name : conjugate_model_factory().names()) {
    const auto found = model_examples().find(name);
    if (found == model_examples().end()) continue;  // EveryListedModel says so
    for (const auto& example : found->second) {
      out.push_back({name, "distributions", example});
      if (example.has_points) out.push_back({name, "points", example});
      if (example.has_points && example.has_flat) out.push_back({name, "flat_points", example});
    }
  }
  return out;
}

/// Some rows in order; sparse ones stay sparse.
Tensor rows_of(const Tensor& x, const Tensor& rows) {
  if (x.layout() == at::kStrided) return x.index_select(0, rows);
  return x.to_dense().index_select(0, rows).to_sparse_csr();
}

Globals start_of(const ConjugateModel& model, const Tensor& x) {
  GeneratorSource source(at::detail::createCPUGenerator(3));
  const InitialData data{x.size(0), [&x](const std::vector<std::int64_t>& rows) {
                           return rows_of(x, at::tensor(rows));
                         }};
  return Globals(model.factors(), model.initial(data, source));
}

/// Coordinate ascent whose local factors begin where they ended.
struct Ascent {
  const ConjugateModel& model;
  Tensor x;
  Globals globals = start_of(model, x);
  Tensor local = {};

  LocalStep look() const { return model.local_step(x, globals, local); }
  /// @return the bound before the update
  double step() {
    const LocalStep found = look();
    local = found.local;
    const double bound = bound_of(model, found.statistics, globals);
    for (std::size_t i = 0; i < globals.size(); ++i)
      globals.set(i, model.optimum(i, found.statistics, globals));
    return bound;
  }
  Ascent& after(int steps) {
    for (int i = 0; i < steps; ++i) step();
    return *this;
  }
};

std::string bytes_of(const Tensor& values) {
  const Tensor whole = values.contiguous();
  return {static_cast<const char*>(whole.const_data_ptr()), whole.nbytes()};
}

/// The natural parameters and the bounds of examples.
std::string bytes_of(const Ascent& ascent) {
  std::string out = bytes_of(ascent.look().bound);
  for (std::size_t i = 0; i < ascent.globals.size(); ++i)
    out += bytes_of(ascent.globals.natural(i));
  return out;
}

class EveryConjugateModel : public ::testing::TestWithParam<Case> {
 protected:
  EveryConjugateModel() {
    // Waiting for a second thread takes longer than what these data ask for.
    at::set_num_threads(1);
    if (GetParam().points == "distributions") return;
    model->use_points({"all"}, /*is_flat=*/GetParam().points == "flat_points");
  }
  void TearDown() override { at::set_num_threads(num_threads); }

  const int num_threads = at::get_num_threads();
  const Tensor x = GetParam().example.x;
  const ConjugateModelPtr model = testing::model_of(GetParam().model, GetParam().example);
};

void expect_close(double found, double expected, double tolerance) {
  EXPECT_NEAR(found, expected, tolerance * (1 + std::abs(expected)));
}

TEST_P(EveryConjugateModel, BoundsOfExamplesAddUpToTheWhole) {
  Ascent ascent{*model, x};
  const LocalStep found = ascent.after(2).look();
  EXPECT_EQ(found.bound.sizes(), at::IntArrayRef({x.size(0)}));
  EXPECT_EQ(found.statistics.count, static_cast<double>(x.size(0)));
  expect_close(
      fixed_sum(found.bound),
      model->expected_log_joint(found.statistics, ascent.globals) + found.statistics.entropy,
      1e-10);
}

TEST_P(EveryConjugateModel, StatisticsOfTwoBatchesAddUp) {
  Ascent ascent{*model, x};
  const Globals& globals = ascent.after(2).globals;
  const Statistics whole = model->local_step(x, globals, {}).statistics;
  const Tensor rows = at::arange(x.size(0)), first = rows.slice(0, 0, x.size(0) / 3),
               rest = rows.slice(0, x.size(0) / 3);
  Statistics sum = model->local_step(rows_of(x, first), globals, {}).statistics;
  sum.add(model->local_step(rows_of(x, rest), globals, {}).statistics);
  expect_close(sum.entropy, whole.entropy, 1e-10);
  expect_close(sum.constant, whole.constant, 1e-10);
  EXPECT_EQ(sum.count, whole.count);
  for (std::size_t i = 0; i < sum.parts.size(); ++i)
    EXPECT_TRUE(at::allclose(sum.parts[i], whole.parts[i], 1e-10, 1e-10)) << i;
}

/// A neighbour of factor i: a plain number is moved itself.
Tensor neighbour(const GlobalFactor& factor, const Tensor& natural, double size, at::Generator g) {
  if (factor.family) return testing::nearby(*factor.family, natural, size, g);
  return natural * (1.0 + size * at::randn(natural.sizes(), g, natural.options()));
}

TEST_P(EveryConjugateModel, OptimaBeatTheirNeighbours) {
  Ascent ascent{*model, x};
  const Statistics statistics = ascent.after(2).look().statistics;
  at::Generator generator = at::detail::createCPUGenerator(19);
  Globals& globals = ascent.globals;
  for (std::size_t i = 0; i < globals.size(); ++i) {
    const GlobalFactor& factor = model->factors()[i];
    globals.set(i, model->optimum(i, statistics, globals));
    const double best = bound_of(*model, statistics, globals);
    int num_worse = 0;
    for (const double size : {1e-3, 1e-2, 1e-1})
      for (int draw = 0; draw < 20; ++draw) {
        Globals other = globals;
        other.set(i, neighbour(factor, globals.natural(i), size, generator));
        const double bound = bound_of(*model, statistics, other);
        EXPECT_LE(bound, best + 1e-12 * std::abs(best)) << factor.name << " " << size;
        num_worse += bound < best ? 1 : 0;
      }
    EXPECT_GE(num_worse, 40) << factor.name << ": the bound does not depend on it";
  }
}

TEST_P(EveryConjugateModel, CoordinateAscentNeverLowersTheBound) {
  Ascent ascent{*model, x};
  double before = -INFINITY;
  for (int i = 0; i < 30; ++i) {
    const double bound = ascent.step();
    ASSERT_TRUE(std::isfinite(bound)) << "iteration " << i;
    EXPECT_GE(bound, before - 1e-9 * std::abs(bound)) << "iteration " << i;
    before = bound;
  }
}

// A checkpoint keeps natural parameters and local factors, and nothing else.
TEST_P(EveryConjugateModel, NaturalParametersAreTheWholeState) {
  Ascent ascent{*model, x};
  ascent.after(3);
  std::vector<io::TensorView> views;
  std::vector<Tensor> kept;
  for (std::size_t i = 0; i < ascent.globals.size(); ++i) {
    kept.push_back(ascent.globals.natural(i).contiguous());
    views.push_back({model->factors()[i].name,
                     io::DType::F64,
                     kept[i].sizes().vec(),
                     static_cast<const char*>(kept[i].const_data_ptr()),
                     kept[i].nbytes()});
    EXPECT_EQ(io::first_non_finite(views[i]), std::nullopt);
  }
  const io::Safetensors file = io::decode_safetensors(io::encode_safetensors(views), "test");
  std::vector<Tensor> loaded;
  for (const auto& factor : model->factors()) {
    const io::TensorView* view = file.find(factor.name);
    ASSERT_NE(view, nullptr) << factor.name;
    loaded.push_back(at::empty(view->shape, at::kDouble));
    std::memcpy(loaded.back().mutable_data_ptr(), view->data, view->size);
    EXPECT_EQ(loaded.back().sizes(), factor.prior.sizes()) << factor.name;
  }
  Ascent other{*model, x, Globals(model->factors(), loaded), ascent.local};
  EXPECT_EQ(bytes_of(other), bytes_of(ascent));
  EXPECT_EQ(bytes_of(other.after(1)), bytes_of(ascent.after(1)));
}

TEST_P(EveryConjugateModel, AnswersHaveARowForEachExample) {
  Ascent ascent{*model, x};
  const Globals& globals = ascent.after(2).globals;
  for (const auto& [name, values] : model->encode(x, globals)) {
    EXPECT_EQ(values.size(0), x.size(0)) << name;
    EXPECT_TRUE(values.isfinite().all().item<bool>()) << name;
  }
  for (const Tensor& values : {model->log_predictive(x, globals), model->num_predicted(x)}) {
    if (values.defined()) {
      EXPECT_EQ(values.sizes(), at::IntArrayRef({x.size(0)}));
    }
  }
  GeneratorSource source(at::detail::createCPUGenerator(7));
  const Tensor draws = model->sample(7, globals, source);
  if (draws.defined()) {
    EXPECT_EQ(draws.size(0), 7);
    EXPECT_EQ(draws.sizes().slice(1), x.sizes().slice(1));
  }
  if (model->response() != nullptr) {
    const auto prediction = model->response()->predict(x, globals, /*mass=*/0.9);
    EXPECT_EQ(prediction.mean.sizes(), at::IntArrayRef({x.size(0)}));
  }
  if (model->topics() != nullptr) {
    for (const auto& words : model->topics()->top_words(globals, 2)) EXPECT_EQ(words.size(), 2u);
  }
  EXPECT_TRUE(model->summary(globals).is_object());
}

// Enough examples that LibTorch shares out its loops, which it does from 32,768 numbers on.
TEST_P(EveryConjugateModel, OneThreadAndTwoGiveTheSameBytes) {
  const Tensor many = rows_of(x, at::arange(x.size(0)).repeat({200}));
  std::vector<std::string> found;
  for (const int count : {1, 2}) {
    at::set_num_threads(count);
    Ascent ascent{*model, many, start_of(*model, x)};
    found.push_back(bytes_of(ascent.after(2)));
  }
  EXPECT_TRUE(found[0] == found[1]);
}

INSTANTIATE_TEST_SUITE_P(ConjugateModels,
                         EveryConjugateModel,
                         ::testing::ValuesIn(cases()),
                         [](const auto& row) { return row.param.name(); });

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
