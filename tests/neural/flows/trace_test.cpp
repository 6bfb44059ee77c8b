// What a trace of a flow at one batch size computes at another: an export would freeze any size
// that the operations recorded.
#include <ATen/core/grad_mode.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include "neural/flows/support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

namespace jit = torch::jit;
using testing::build;
using testing::draw;
using testing::flow_variants;
using testing::FlowVariant;
using testing::largest_difference;
using testing::perturb;

class Traces : public ::testing::TestWithParam<FlowVariant> {};
INSTANTIATE_TEST_SUITE_P(All, Traces, ::testing::ValuesIn(flow_variants()), testing::label_of);

TEST_P(Traces, ForwardHoldsAtAnyBatchSize) {
  const at::NoGradGuard no_grad;
  const auto layer = build(GetParam(), /*size=*/4);
  perturb(*layer, 0.3);
  // Here parameters become constants of the graph, which carry no gradient.
  for (auto& parameter : layer->parameters()) parameter.requires_grad_(false);
  const std::int64_t size = layer->context_size();
  const auto compute = [&](const jit::Stack& inputs) -> jit::Stack {
    const Tensor context = size > 0 ? inputs[1].toTensor() : Tensor();
    const auto [y, log_det] = layer->forward(context)->forward_and_log_det(inputs[0].toTensor());
    return {y, log_det};
  };
  const auto inputs_for = [&](std::int64_t B) {
    return jit::Stack{draw({B, 4}, 3), draw({B, std::max<std::int64_t>(1, size)}, 4)};
  };
  const auto traced = jit::tracer::trace(
      inputs_for(3),
      [&](jit::Stack inputs) -> jit::Stack {
        const auto out = compute(inputs);
        return {c10::ivalue::Tuple::create(out)};
      },
      [](const Tensor&) { return std::string(); });
  jit::GraphFunction function("flow", traced.first->graph, nullptr);
  for (const std::int64_t B : {3, 7, 1}) {
    auto stack = inputs_for(B);
    const auto expected = compute(stack);
    function.run(stack);
    const auto& ours = stack.back().toTupleRef().elements();
    for (std::size_t i = 0; i < 2; ++i)
      EXPECT_LT(largest_difference(ours[i].toTensor(), expected[i].toTensor()), 1e-12) << B;
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
