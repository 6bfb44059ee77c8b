// Coordinate ascent and stochastic steps as an Inference: what the Trainer relies on.
#include "elbow/inference/methods/conjugate_vi.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "elbow/foundations/core/error.h"
#include "elbow/models/conjugate/mixture.h"
#include "support/data_context.h"
#include "support/resolved_node.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::info_in;
using testing::resolved;

constexpr std::int64_t kRows = 120;

/// Three blobs in the plane.
Tensor blobs() {
  at::Generator generator = at::detail::createCPUGenerator(4);
  const Tensor centre = at::tensor({-3.0, 0.0, 2.0, 2.0, 1.0, -3.0}, at::kDouble).reshape({3, 2});
  return centre.repeat({kRows / 3, 1}) + at::randn({kRows, 2}, generator, at::kDouble) * 0.8;
}

ConjugateModelPtr mixture(bool is_flat = false, std::int64_t num_components = 3) {
  Json node = resolved(MixtureModel::info(), {{"num_components", num_components}});
  node["component"] = resolved(info_in(component_likelihood_factory(), "normal_full"));
  node["weights"] = resolved(info_in(mixture_weights_factory(), "dirichlet"));
  auto out = std::make_shared<MixtureModel>(ConfigNode(node), testing::data_of({2}, kRows));
  if (is_flat) out->use_points({"all"}, true);
  return out;
}

SchedulePtr schedule(const Json& node) { return schedule_factory().create(ConfigNode(node)); }
SchedulePtr whole_steps() { return schedule({{"type", "constant"}, {"value", 1.0}}); }
SchedulePtr decaying_steps() {
  return schedule({{"type", "robbins_monro"}, {"delay", 1.0}, {"kappa", 0.7}});
}

ConjugateVi::Options options(SchedulePtr rho, std::int64_t restarts = 1) {
  ConjugateVi::Options out;
  out.seed = 7;
  out.rho = std::move(rho);
  out.num_examples = kRows;
  out.restarts = restarts;
  return out;
}

std::shared_ptr<ConjugateVi> inference(const Tensor& x,
                                       const ConjugateVi::Options& chosen,
                                       ConjugateModelPtr model = mixture()) {
  const InitialData data{kRows, [x](const std::vector<std::int64_t>& rows) {
                           return x.index_select(0, at::tensor(rows));
                         }};
  return std::make_shared<ConjugateVi>(std::move(model), data, chosen);
}

std::vector<Batch> batch_of(const Tensor& x, const std::vector<std::int64_t>& rows) {
  return {{x.index_select(0, at::tensor(rows)), rows}};
}

std::vector<std::int64_t> shuffled(std::uint64_t seed) {
  const Tensor order = at::randperm(kRows, at::detail::createCPUGenerator(seed), at::kLong);
  return {order.data_ptr<std::int64_t>(), order.data_ptr<std::int64_t>() + kRows};
}

/// Steps with minibatches of 30, or the whole set.
double run(ConjugateVi& vi, const Tensor& x, int first, int last, bool is_whole) {
  double elbo = 0;
  for (int step = first; step < last; ++step) {
    auto rows = shuffled(static_cast<std::uint64_t>(step));
    if (!is_whole) rows.resize(30);
    Clock clock;
    clock.step = step;
    elbo = vi.step(batch_of(x, rows), clock).means.front().second.item<double>();
  }
  return elbo;
}

void expect_same_bytes(const NamedTensors& a, const NamedTensors& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].first, b[i].first);
    EXPECT_TRUE(a[i].second.equal(b[i].second)) << a[i].first;
  }
}

TEST(ConjugateVi, OneShuffledBatchWithAWholeStepIsCoordinateAscentByteForByte) {
  const Tensor x = blobs();
  const auto ascent = inference(x, options(whole_steps())),
             stochastic = inference(x, options(whole_steps()));
  std::vector<std::int64_t> order(kRows);
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  for (int step = 0; step < 5; ++step) {
    ascent->step(batch_of(x, order), {});
    stochastic->step(batch_of(x, shuffled(static_cast<std::uint64_t>(step))), {});
  }
  expect_same_bytes(ascent->state().model, stochastic->state().model);
}

// Sums over micro-batches are those over the batch, to rounding, and the whole step is taken once.
TEST(ConjugateVi, MicroBatchesTogetherAreTheBatch) {
  const Tensor x = blobs();
  const auto at_once = inference(x, options(whole_steps())),
             in_micro_batches = inference(x, options(whole_steps()));
  const auto rows = shuffled(3);
  std::vector<std::vector<std::int64_t>> parts{{rows.begin(), rows.begin() + 20},
                                               {rows.begin() + 20, rows.end()}};
  const MicroBatches micro_batches(parts, [&x](const std::vector<std::int64_t>& some) {
    return Batch{x.index_select(0, at::tensor(some)), some};
  });
  for (int step = 0; step < 4; ++step) {
    at_once->step(batch_of(x, rows), {});
    in_micro_batches->step(micro_batches, {});
  }
  const auto a = at_once->state().model, b = in_micro_batches->state().model;
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_TRUE(at::allclose(a[i].second, b[i].second, 1e-10, 1e-12)) << a[i].first;
}

TEST(ConjugateVi, GoesOnFromItsStateAtEveryStepBitForBit) {
  const Tensor x = blobs();
  for (const bool is_whole : {true, false})
    for (const std::int64_t restarts : {1, 3}) {
      const auto chosen = options(is_whole ? whole_steps() : decaying_steps(), restarts);
      const auto straight = inference(x, chosen);
      run(*straight, x, 0, 8, is_whole);
      for (int stop = 0; stop <= 8; ++stop) {
        const auto first = inference(x, chosen);
        run(*first, x, 0, stop, is_whole);
        auto other = chosen;
        other.seed = 99;  // a start that loading must replace
        const auto second = inference(x, other);
        second->load(first->state(), "a test");
        run(*second, x, stop, 8, is_whole);
        expect_same_bytes(second->state().model, straight->state().model);
        expect_same_bytes(second->state().optimizer, straight->state().optimizer);
      }
    }
}

TEST(ConjugateVi, KeepsTheBestOfItsRestarts) {
  const Tensor x = blobs();
  double best = -INFINITY;
  const auto many = inference(x, options(whole_steps(), 6), mixture(false, 4));
  const double found = run(*many, x, 0, 30, true);
  // The restarts one by one: each a function of (seed, number), here taken from the saved state.
  const auto state = many->state().optimizer;
  for (int r = 0; r < 6; ++r)
    for (const auto& [name, tensor] : state)
      if (name == "restart_" + std::to_string(r) + ".terms")
        best = std::max(best, tensor.sum().item<double>() / kRows);
  EXPECT_NEAR(found, best, 1e-12);
  const auto one = inference(x, options(whole_steps()), mixture(false, 4));
  EXPECT_LE(run(*one, x, 0, 30, true), found + 1e-12);
}

TEST(ConjugateVi, StopsWhenTheBoundNoLongerMoves) {
  const Tensor x = blobs();
  auto chosen = options(whole_steps(), 2);
  chosen.tolerance = 1e-10;
  const auto vi = inference(x, chosen);
  int steps = 0;
  for (; steps < 500 && !vi->has_converged(); ++steps) run(*vi, x, steps, steps + 1, true);
  EXPECT_LT(steps, 500);
  const auto before = vi->state().model;
  run(*vi, x, steps, steps + 1, true);
  expect_same_bytes(before, vi->state().model);
  // A minibatch says nothing of convergence.
  const auto stochastic = inference(x, chosen);
  run(*stochastic, x, 0, 400, false);
  EXPECT_FALSE(stochastic->has_converged());
}

TEST(ConjugateVi, StochasticStepsReachTheBoundOfCoordinateAscent) {
  const Tensor x = blobs();
  const auto ascent = inference(x, options(whole_steps())),
             stochastic = inference(x, options(decaying_steps()));
  const double bound = run(*ascent, x, 0, 100, true);
  run(*stochastic, x, 0, 800, false);
  KeyedSource source(1, Purpose::evaluation_noise, {0}, {0});
  const Tensor reached = stochastic->evaluate({x, {}}, source).front().second.mean();
  EXPECT_NEAR(reached.item<double>(), bound, 0.01 * std::abs(bound));
  EXPECT_LE(reached.item<double>(), bound + 1e-9);
}

TEST(ConjugateVi, ValidationBoundOfTheTrainingSetIsItsBound) {
  const Tensor x = blobs();
  const auto vi = inference(x, options(whole_steps()));
  run(*vi, x, 0, 3, true);
  KeyedSource source(1, Purpose::evaluation_noise, {0}, {0});
  const double evaluated = vi->evaluate({x, {}}, source).front().second.mean().item<double>();
  EXPECT_NEAR(run(*vi, x, 3, 4, true), evaluated, 1e-12);
}

TEST(ConjugateVi, RefusesAStartThatTheDataCannotCarry) {
  // Maximum likelihood of three classes on three distinct points: singular covariances.
  const Tensor x = blobs().narrow(0, 0, 3).repeat({kRows / 3, 1});
  EXPECT_THROW(inference(x, options(whole_steps()), mixture(/*is_flat=*/true)), DataError);
}

TEST(ConjugateVi, SaysWhichFactorLeftItsSpaceAndKeepsWhatWasThere) {
  // Half of the rows are one point, on which a class of maximum likelihood collapses after some
  // steps.
  const Tensor x =
      at::cat({blobs().narrow(0, 0, kRows / 2), at::full({kRows / 2, 2}, 9.0, at::kDouble)});
  const auto model = std::static_pointer_cast<MixtureModel>(mixture(/*is_flat=*/true, 2));
  Tensor responsibilities = at::full({kRows, 2}, 0.5, at::kDouble);
  responsibilities.narrow(0, 0, kRows / 2).select(1, 0).fill_(0.7);
  responsibilities.narrow(0, 0, kRows / 2).select(1, 1).fill_(0.3);
  const InitialData none;
  ConjugateVi vi(model, none, options(whole_steps()), model->naturals_from(x, responsibilities));
  NamedTensors before = vi.state().model;
  for (int step = 0; step < 200; ++step) {
    if (vi.step(batch_of(x, shuffled(1)), {}).found_non_finite.item<float>() > 0) {
      expect_same_bytes(before, vi.state().model);
      const std::string first =
          vi.explain_non_finite(batch_of(x, shuffled(1)), Clock{}).at("first");
      EXPECT_NE(first.find("not positive"), std::string::npos) << first;
      return;
    }
    before = vi.state().model;
  }
  FAIL() << "no class collapsed";
}

TEST(ConjugateVi, RefusesAStateOfAnotherModel) {
  const Tensor x = blobs();
  const auto three = inference(x, options(whole_steps()));
  const auto four = inference(x, options(whole_steps()), mixture(false, 4));
  EXPECT_THROW(four->load(three->state(), "a checkpoint"), std::exception);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
