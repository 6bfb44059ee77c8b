// Layers that a kernel runs as one, against the same layers one by one.
#include <ATen/Parallel.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include "elbow/kernels/instruction_set.h"
#include "elbow/neural/flows/flow_stack.h"
#include "elbow/neural/nn/gradient_sink.h"
#include "elbow/probability/transforms/composed.h"
#include "neural/flows/support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::draw;
using testing::flow_json;
using testing::is_finite;
using testing::perturb;

struct Kind {
  std::string row;
  bool is_amortized;
  Json options = Json::object();
};

std::string label_of(const ::testing::TestParamInfo<Kind>& test) {
  return test.param.row + (test.param.is_amortized ? "_amortized" : "");
}
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.row; }

std::vector<Kind> kinds() {
  std::vector<Kind> out;
  for (const bool is_amortized : {false, true})
    for (const char* row : {"planar",
                            "radial",
                            "householder",
                            "sylvester_orthogonal",
                            "sylvester_householder",
                            "sylvester_triangular"})
      out.push_back({row, is_amortized});
  return out;
}

class FusedLayers : public ::testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(All, FusedLayers, ::testing::ValuesIn(kinds()), label_of);

std::shared_ptr<FlowStack> stack_of(const Kind& kind,
                                    std::int64_t size,
                                    std::int64_t count,
                                    at::ScalarType dtype = at::kDouble) {
  at::manual_seed(3);
  Json overrides = kind.options;
  overrides["count"] = count;
  overrides["amortized"] = kind.is_amortized;
  const std::vector<ConfigNode> nodes = {ConfigNode(flow_json(kind.row, overrides), "guide.flows")};
  auto stack = std::make_shared<FlowStack>(nodes, testing::flow_context(size, kind.is_amortized));
  nodes[0].touch("count");
  stack->to(dtype);
  perturb(*stack, 0.3);
  return stack;
}

/// The stack's layers, each a transform of its own.
TransformPtr one_by_one(FlowStack& stack, const Tensor& context) {
  std::vector<TransformPtr> parts;
  std::int64_t start = 0;
  for (const auto& child : stack.named_children()) {
    auto& layer = dynamic_cast<ConditionalTransform&>(*child.value());
    const std::int64_t size = layer.context_size();
    parts.push_back(layer.forward(size > 0 ? context.narrow(-1, start, size) : Tensor()));
    start += size;
  }
  return std::make_shared<Composed>(parts);
}

/// y, log_det and the gradients of a random function of them in x, the context and the parameters.
std::vector<Tensor> results_of(const Transform& transform, const std::vector<Tensor>& inputs) {
  const auto [y, log_det] = transform.forward_and_log_det(inputs.front());
  const Tensor loss = (y * draw(y.sizes().vec(), 21, y.scalar_type())).sum() +
                      (log_det * draw(log_det.sizes().vec(), 22, y.scalar_type())).sum();
  std::vector<Tensor> out = torch::autograd::grad({loss}, inputs);
  out.insert(out.begin(), {y, log_det});
  return out;
}

void expect_near(const std::vector<Tensor>& got,
                 const std::vector<Tensor>& expected,
                 double value_tolerance,
                 double gradient_tolerance,
                 const std::string& what) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].sizes(), expected[i].sizes()) << what << ", result " << i;
    const double scale = std::max(1.0, expected[i].abs().max().item<double>());
    EXPECT_LE((got[i] - expected[i]).abs().max().item<double>(),
              scale * (i < 2 ? value_tolerance : gradient_tolerance))
        << what << ", result " << i;
  }
}

void compare(FlowStack& stack, const Tensor& x, const Tensor& context, const std::string& what) {
  std::vector<Tensor> inputs = {x.detach().requires_grad_()};
  Tensor leaf = context;
  if (context.defined()) inputs.push_back(leaf = context.detach().requires_grad_());
  for (const Tensor& parameter : stack.parameters()) inputs.push_back(parameter);
  const bool is_double = x.scalar_type() == at::kDouble;
  expect_near(results_of(*stack.forward(leaf), inputs),
              results_of(*one_by_one(stack, leaf), inputs),
              is_double ? 1e-10 : 1e-4,
              is_double ? 1e-9 : 2e-3,
              what);
}

Tensor context_of(const FlowStack& stack, Shape batch, at::ScalarType dtype = at::kDouble) {
  if (stack.context_size() == 0) return {};
  batch.push_back(stack.context_size());
  return draw(batch, 9, dtype) * 0.5;
}

TEST_P(FusedLayers, AgreeWithLayersOneByOneInEverySize) {
  struct Size {
    std::int64_t size, count;
    Shape batch, context;
  };
  const std::vector<Size> sizes = {
      {2, 10, {70}, {70}},
      {2, 1, {1}, {1}},
      {1, 3, {5}, {5}},
      {3, 40, {2, 9}, {9}},
      {40, 4, {33}, {33}},
      {17, 5, {3, 20}, {20}},
      {2, 2, {4, 3}, {1}},
      {2, 3, {4, 3}, {4, 1}},
      {3, 2, {6}, {}},
      {3, 2, {}, {4}},
      {2, 2, {3}, {2, 3}},
  };
  for (const auto& [size, count, batch, context] : sizes) {
    const auto stack = stack_of(GetParam(), size, count);
    Shape shape = batch;
    shape.push_back(size);
    compare(*stack,
            draw(shape, 4),
            context_of(*stack, context),
            ::testing::PrintToString(shape) + " in context " + ::testing::PrintToString(context));
  }
}

TEST_P(FusedLayers, AgreeOnEveryInstructionSet) {
  const auto before = kernels::instruction_set();
  for (const auto set : kernels::supported_instruction_sets()) {
    kernels::use_instruction_set(set);
    for (const auto dtype : {at::kFloat, at::kDouble}) {
      const auto stack = stack_of(GetParam(), 5, 3, dtype);
      compare(*stack,
              draw({2, 37, 5}, 4, dtype),
              context_of(*stack, {37}, dtype),
              std::to_string(static_cast<int>(set)));
    }
  }
  kernels::use_instruction_set(before);
}

TEST_P(FusedLayers, AgreeInFloatAndOnTensorsWithGaps) {
  const auto floats = stack_of(GetParam(), 2, 32, at::kFloat);
  compare(*floats, draw({70, 2}, 4, at::kFloat), context_of(*floats, {70}, at::kFloat), "float");
  const auto stack = stack_of(GetParam(), 5, 3);
  const Tensor context = context_of(*stack, {2 * stack->num_layers() + 5});
  compare(*stack,
          draw({5, 11}, 4).t(),
          context.defined() ? context_of(*stack, {22}).slice(0, 0, 22, 2) : context,
          "gaps");
}

TEST_P(FusedLayers, StayFiniteWhereLayersOneByOneDo) {
  for (const double scale : {0.0, 1e-12, 30.0, 1e4}) {
    for (const auto dtype : {at::kFloat, at::kDouble}) {
      const auto stack = stack_of(GetParam(), 3, 4, dtype);
      {
        const at::NoGradGuard no_grad;
        for (Tensor& parameter : stack->parameters()) parameter.mul_(scale);
      }
      Tensor context = context_of(*stack, {16}, dtype);
      std::vector<Tensor> inputs = {(draw({16, 3}, 4, dtype) * 10).requires_grad_()};
      if (context.defined()) inputs.push_back(context = (context * scale).requires_grad_());
      for (const Tensor& parameter : stack->parameters()) inputs.push_back(parameter);
      const auto got = results_of(*stack->forward(context), inputs);
      const auto expected = results_of(*one_by_one(*stack, context), inputs);
      for (std::size_t i = 0; i < got.size(); ++i)
        EXPECT_TRUE((got[i].isfinite() | ~expected[i].isfinite()).all().item<bool>())
            << "result " << i << " at scale " << scale;
    }
  }
}

TEST_P(FusedLayers, GiveTheSameBitsOnAnyNumberOfThreads) {
  const auto stack = stack_of(GetParam(), 2, 10, at::kFloat);
  const Tensor x = draw({20000, 2}, 4, at::kFloat).requires_grad_();
  Tensor context = context_of(*stack, {20000}, at::kFloat);
  std::vector<Tensor> inputs = {x};
  if (context.defined()) inputs.push_back(context.requires_grad_());
  for (const Tensor& parameter : stack->parameters()) inputs.push_back(parameter);
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto alone = results_of(*stack->forward(context), inputs);
  at::set_num_threads(3);
  const auto together = results_of(*stack->forward(context), inputs);
  at::set_num_threads(before);
  for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_TRUE(at::equal(alone[i], together[i])) << i;
}

TEST_P(FusedLayers, HaveSecondDerivatives) {
  const auto stack = stack_of(GetParam(), 3, 3);
  Tensor context = context_of(*stack, {5});
  std::vector<Tensor> inputs = {draw({5, 3}, 4).requires_grad_()};
  if (context.defined()) inputs.push_back(context.requires_grad_());
  for (const Tensor& parameter : stack->parameters()) inputs.push_back(parameter);
  const auto second = [&](const Transform& transform) {
    const auto [y, log_det] = transform.forward_and_log_det(inputs[0]);
    const auto first = torch::autograd::grad({y.square().sum() + log_det.sum()},
                                             inputs,
                                             /*grad_outputs=*/{},
                                             /*retain_graph=*/true,
                                             /*create_graph=*/true);
    Tensor norm = y.sum();
    for (const Tensor& gradient : first) norm = norm + gradient.square().sum();
    std::vector<Tensor> out = torch::autograd::grad({norm}, inputs);
    out.insert(out.begin(), {y, log_det});
    return out;
  };
  expect_near(
      second(*stack->forward(context)), second(*one_by_one(*stack, context)), 1e-10, 1e-9, "");
}

TEST_P(FusedLayers, LeaveTheirOperationsInATrace) {
  namespace jit = torch::jit;
  const at::NoGradGuard no_grad;
  const auto stack = stack_of(GetParam(), 4, 3);
  for (auto& parameter : stack->parameters()) parameter.requires_grad_(false);
  const auto inputs_for = [&](std::int64_t B) {
    return jit::Stack{draw({B, 4}, 3),
                      draw({B, std::max<std::int64_t>(1, stack->context_size())}, 4)};
  };
  const auto compute = [&](const jit::Stack& inputs) -> jit::Stack {
    const Tensor context = stack->context_size() > 0 ? inputs[1].toTensor() : Tensor();
    const auto [y, log_det] = stack->forward(context)->forward_and_log_det(inputs[0].toTensor());
    return {y, log_det};
  };
  const auto traced = jit::tracer::trace(
      inputs_for(3),
      [&](jit::Stack inputs) -> jit::Stack {
        return {c10::ivalue::Tuple::create(compute(inputs))};
      },
      [](const Tensor&) { return std::string(); });
  jit::GraphFunction function("flow", traced.first->graph, nullptr);
  auto values = inputs_for(7);
  const auto expected = compute(values);
  function.run(values);
  const auto& ours = values.back().toTupleRef().elements();
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_LT(testing::largest_difference(ours[i].toTensor(), expected[i].toTensor()), 1e-10);
}

TEST(FusedLayers, AddTheirGradientsToTheLeavesThemselves) {
  // In one buffer as an optimizer lays them, and each by itself.
  for (const bool is_flat : {true, false}) {
    const auto stack = stack_of({"planar", false}, 3, 4);
    std::vector<Tensor> parameters = stack->parameters(), expected;
    std::int64_t size = 0, start = 0;
    for (const Tensor& parameter : parameters) size += parameter.numel();
    const Tensor values = at::zeros({size}, at::kDouble), gradients = at::ones_like(values);
    for (Tensor& parameter : parameters) {
      if (is_flat) {
        const at::NoGradGuard no_grad;
        const auto piece = [&](const Tensor& flat) {
          return flat.narrow(0, start, parameter.numel()).view(parameter.sizes());
        };
        piece(values).copy_(parameter);
        parameter.set_data(piece(values));
        parameter.mutable_grad() = piece(gradients);
      }
      start += parameter.numel();
    }
    const Tensor x = draw({9, 3}, 4);
    const auto loss = [&] {
      const auto [y, log_det] = stack->forward({})->forward_and_log_det(x);
      return y.square().sum() - log_det.sum();
    };
    expected = torch::autograd::grad({loss()}, parameters);
    {
      const AccumulatesToLeaves guard;
      torch::autograd::backward({loss()}, {});
    }
    for (std::size_t i = 0; i < parameters.size(); ++i)
      EXPECT_LT(testing::largest_difference(parameters[i].grad(),
                                            is_flat ? expected[i] + 1 : expected[i]),
                1e-12);
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
