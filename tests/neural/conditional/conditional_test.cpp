// Every likelihood and posterior keeps the contract of conditional_distribution.h; options do what
// they say.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/neural/conditional/posterior.h"
#include "elbow/neural/nn/network.h"
#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/normal.h"
#include "support/resolved_node.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;
using testing::info_in;
using testing::resolved;
constexpr std::int64_t kLatentSize = 3;

const ComponentInfo& info_of(const std::string& kind, const std::string& name) {
  return kind == "likelihood" ? info_in(likelihood_factory(), name)
                              : info_in(posterior_factory(), name);
}

ConditionalDistributionPtr build(const std::string& kind,
                                 const std::string& name,
                                 const DataContext& data,
                                 Json overrides = Json::object()) {
  if (name == "categorical") overrides["num_classes"] = kLatentSize;
  const Json section = {{kind, resolved(info_of(kind, name), overrides)}, {"flows", Json::array()}};
  const ConfigNode node(section, "model");
  at::set_num_threads(
      1);  // small problems: threads that spin beside other programs cost more than they bring
  at::manual_seed(1);
  ConditionalDistributionPtr out;
  if (kind == "likelihood") {
    node.touch("flows");
    out = likelihood_factory().create(node.child(kind),
                                      BuildContext{data.event_shape, {kLatentSize}, data});
  } else {
    out = make_posterior(node, BuildContext{{kLatentSize}, data.event_shape, data});
  }
  EXPECT_TRUE(node.unread().empty())
      << name << " ignores " << ::testing::PrintToString(node.unread());
  return out;
}

Json network(const std::string& type, const Json& overrides = Json::object()) {
  return {{"network", resolved(info_in(network_factory(), type), overrides)}};
}

Json linear_network() { return network("mlp", {{"hidden_sizes", Json::array()}}); }

DataContext data_of(const Shape& event) {
  const Tensor mean =
      at::rand(event, at::make_generator<at::CPUGeneratorImpl>(2), at::TensorOptions(at::kDouble));
  return {event, mean};
}

struct Case {
  std::string kind, name;
};

std::vector<Case> all_cases() {
  std::vector<Case> out;
  for (const auto& name : likelihood_factory().names()) out.push_back({"likelihood", name});
  for (const auto& name : posterior_factory().names()) out.push_back({"posterior", name});
  return out;
}

class Conditionals : public ::testing::TestWithParam<Case> {
 protected:
  bool is_likelihood() const { return GetParam().kind == "likelihood"; }
  Shape context_event(const Shape& event) const {
    return is_likelihood() ? Shape{kLatentSize} : event;
  }
  Shape result_event(const Shape& event) const {
    return is_likelihood() ? event : Shape{kLatentSize};
  }
  ConditionalDistributionPtr make(const Shape& event,
                                  const Json& overrides = Json::object()) const {
    return build(GetParam().kind, GetParam().name, data_of(event), overrides);
  }
  Tensor context(const Shape& batch, const Shape& event, at::ScalarType dtype = at::kFloat) const {
    Shape shape = batch;
    for (const std::int64_t size : context_event(event)) shape.push_back(size);
    return at::randn(
               shape, at::make_generator<at::CPUGeneratorImpl>(4), at::TensorOptions(at::kDouble))
        .to(dtype);
  }
};
INSTANTIATE_TEST_SUITE_P(All, Conditionals, ::testing::ValuesIn(all_cases()), [](const auto& test) {
  return test.param.kind + "_" + test.param.name;
});

GeneratorSource seeded() { return GeneratorSource(at::make_generator<at::CPUGeneratorImpl>(5)); }

TEST_P(Conditionals, ShapesForBatchRanksZeroToTwoAndEveryNetwork) {
  for (const auto& type : network_factory().names())
    for (const Shape& event : {Shape{6}, Shape{2, 9, 7}}) {
      if (type == "conv" && event.size() == 1) continue;
      const auto conditional = make(event, network(type));
      for (const Shape& batch : {Shape{}, Shape{5}, Shape{4, 5}}) {
        const auto p = conditional->forward(context(batch, event));
        EXPECT_EQ(p->batch_shape(), batch) << type;
        EXPECT_EQ(p->event_shape(), result_event(event)) << type;
        auto source = seeded();
        EXPECT_EQ(p->log_prob(p->sample({2}, source)).sizes().size(), batch.size() + 1) << type;
      }
    }
}

TEST_P(Conditionals, EveryParameterGetsAFiniteGradient) {
  for (const std::string scale : {"fixed", "shared", "per_pixel"}) {
    const bool has_scale = info_of(GetParam().kind, GetParam().name).find("scale") != nullptr;
    const auto conditional = make({6}, has_scale ? Json{{"scale", scale}} : Json::object());
    const auto p = conditional->forward(context({16}, {6}));
    auto source = seeded();
    const Tensor draw = p->sample({}, source).detach();
    // Pixels of the continuous Bernoulli stay off the ends; counts, classes and points of a simplex
    // stay what they are.
    const bool may_move = is_likelihood() && !p->traits().is_discrete;
    const Tensor value = may_move ? draw * 0.9 + 0.03 : draw;
    p->log_prob(value).sum().backward();
    for (const auto& parameter : conditional->named_parameters()) {
      ASSERT_TRUE(parameter.value().grad().defined()) << parameter.key();
      EXPECT_TRUE(parameter.value().grad().isfinite().all().item<bool>()) << parameter.key();
      EXPECT_GT(parameter.value().grad().abs().max().item<double>(), 0.0) << parameter.key();
    }
  }
}

TEST_P(Conditionals, RowsDoNotDependOnTheirBatchAndFloatAgreesWithDouble) {
  const auto conditional = make({6});
  conditional->eval();
  const at::NoGradGuard no_grad;
  const Tensor narrow = conditional->forward(context({257}, {6}))->mean();
  conditional->to(at::kDouble);
  const Tensor input = context({257}, {6}, at::kDouble), all = conditional->forward(input)->mean();
  EXPECT_EQ(all.scalar_type(), at::kDouble);
  EXPECT_TRUE(at::allclose(narrow.to(at::kDouble), all, 1e-4, 1e-5));
  for (const std::int64_t count : {1, 2, 7}) {
    const Tensor some = conditional->forward(input.narrow(0, 50, count))->mean();
    EXPECT_LT((some - all.narrow(0, 50, count)).abs().max().item<double>(), 1e-12);
  }
}

TEST_P(Conditionals, DefaultNetworkIsFullyResolved) {
  const auto& info = info_of(GetParam().kind, GetParam().name);
  const Json& value = *info.find("network")->default_value;
  EXPECT_EQ(value.at("type"), "mlp");
  for (const auto& parameter : info_in(network_factory(), "mlp").parameters)
    EXPECT_TRUE(value.contains(parameter.name)) << parameter.name;
}

TEST(Likelihoods, NameTheirSupport) {
  const auto support = [](const std::string& name) {
    return word_of(std::get<LikelihoodTraits>(info_in(likelihood_factory(), name).traits).support);
  };
  EXPECT_EQ(support("bernoulli"), "binary");
  EXPECT_EQ(support("continuous_bernoulli"), "unit_interval");
  EXPECT_EQ(support("normal"), "real");
  const auto& posterior =
      std::get<PosteriorTraits>(info_in(posterior_factory(), "diag_normal").traits);
  EXPECT_EQ(posterior.latent_kind, SupportKind::real);
}

TEST(OutputBias, StartsAtTheClippedMeanOfTheData) {
  DataContext data = data_of({1, 2, 2});
  data.mean = at::tensor({0.0f, 0.25f, 0.5f, 1.0f}).view({1, 2, 2});
  const Tensor origin = at::zeros({1, kLatentSize});
  const auto mean_of = [&](const std::string& name, Json overrides) {
    overrides.update(linear_network());
    return build("likelihood", name, data, overrides)->forward(origin)->mean()[0];
  };
  EXPECT_TRUE(
      at::allclose(mean_of("bernoulli", Json::object()), data.mean.clamp(0.001, 0.999), 1e-5));
  EXPECT_TRUE(at::allclose(mean_of("normal", Json::object()), data.mean));
  EXPECT_TRUE(
      at::allclose(mean_of("bernoulli", {{"output_bias", "zero"}}), at::full({1, 2, 2}, 0.5)));
  EXPECT_TRUE(at::allclose(mean_of("normal", {{"output_bias", "zero"}}), at::zeros({1, 2, 2})));
  data.mean = Tensor();
  EXPECT_TRUE(at::allclose(mean_of("bernoulli", Json::object()), at::full({1, 2, 2}, 0.5)));
}

TEST(NormalLikelihood, ScaleIsFixedSharedOrPerPixel) {
  const auto data = data_of({2, 3});
  const Tensor context = at::zeros({4, kLatentSize});
  for (const std::string scale : {"fixed", "shared", "per_pixel"}) {
    const auto likelihood =
        build("likelihood", "normal", data, {{"scale", scale}, {"scale_value", 0.5}});
    const auto p = likelihood->forward(context);
    EXPECT_TRUE(at::allclose(p->variance(), at::full({4, 2, 3}, 0.25))) << scale;
    const auto parameters = likelihood->named_parameters();
    const auto* learned = parameters.find("log_scale");
    ASSERT_EQ(learned != nullptr, scale != "fixed");
    if (!learned) continue;
    EXPECT_EQ(learned->sizes(), scale == "shared" ? Shape{} : (Shape{2, 3}));
    // Below the limit the scale stays at it: a perfect fit cannot run away.
    learned->detach().fill_(-50.0);
    EXPECT_TRUE(at::allclose(likelihood->forward(context)->variance(),
                             at::full({4, 2, 3}, std::exp(-20.0))));
  }
}

TEST(DiagNormalPosterior, LogScaleIsClamped) {
  const auto data = data_of({6});
  const auto posterior =
      build("posterior", "diag_normal", data, {{"min_log_scale", -0.01}, {"max_log_scale", 0.02}});
  const auto p = posterior->forward(at::randn({200, 6}) * 10);
  const Tensor log_scale = dynamic_cast<const DiagNormal&>(*p).log_scale();
  EXPECT_NEAR(log_scale.min().item<double>(), -0.01, 1e-6);
  EXPECT_NEAR(log_scale.max().item<double>(), 0.02, 1e-6);
  try {
    build("posterior", "diag_normal", data, {{"min_log_scale", 2.0}, {"max_log_scale", 1.0}});
    FAIL() << "limits in the wrong order must be refused";
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.diagnostics().front().path, "model.posterior.min_log_scale");
    EXPECT_THAT(error.diagnostics().front().message,
                HasSubstr("must be below max_log_scale (1.0), got 2.0"));
  }
}

/// The block's numbers in their shape; undefined where the layout has no such block.
Tensor block_of(const Layout& layout, const Tensor& flat, const std::string& name) {
  std::int64_t begin = 0;
  for (const Block& block : layout) {
    std::int64_t size = 1;
    for (const std::int64_t side : block.shape) size *= side;
    if (block.name == name) return flat.narrow(0, begin, size).reshape(block.shape);
    begin += size;
  }
  return {};
}

// Whoever reads a network's output or a prior's numbers by the layout gets the parameters that the
// family gets. The numbers are small, so that no limit cuts one, and all different.
TEST(Family, ItsLayoutNamesTheNumbersThatBecomeEachParameter) {
  for (const auto& name : posterior_factory().names()) {
    Json overrides = Json::object();
    if (name == "categorical") overrides["num_classes"] = kLatentSize;
    const Json section = resolved(info_of("posterior", name), overrides);
    const ConfigNode node(section, "posterior");
    const auto family = posterior_factory().create(node, BuildContext{{kLatentSize}});
    const Tensor flat = at::arange(family->num_parameters(), at::kDouble) * 0.01 + 0.01;
    int num_found = 0;
    for (const auto& [parameter, value] : family->distribution(flat)->parameters()) {
      const Tensor block = block_of(family->layout(), flat, parameter);
      if (!block.defined()) continue;  // scale_tril is made of two blocks
      ++num_found;
      EXPECT_TRUE(block.equal(value)) << name << " " << parameter;
    }
    EXPECT_GE(num_found, 1) << name;
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
