#include "traced_method.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "elbow/foundations/core/shape.h"
#include "elbow/probability/distributions/reference_operators.h"

namespace elbow {

namespace {

constexpr std::int64_t kTracedBatch = 3;  // not 1, which broadcasts

/// Relative to the largest value, so that a wide range is not held to an absolute bound. Values
/// that are not finite on both sides alike do not differ.
double difference(const Tensor& a, const Tensor& b) {
  if (a.sizes() != b.sizes()) return INFINITY;
  const Tensor x = a.to(at::kCPU, at::kDouble), y = b.to(at::kCPU, at::kDouble);
  const Tensor are_same = x.eq(y).logical_or(x.isnan().logical_and(y.isnan()));
  const Tensor gap = (x - y).abs().masked_fill(are_same, 0.0);
  const Tensor size = x.abs().masked_fill(x.isfinite().logical_not(), 0.0);
  return (gap.max() / size.max().clamp_min(1.0)).item<double>();
}

Tensors outputs_of(const c10::IValue& value) {
  if (value.isTensor()) return {value.toTensor()};
  Tensors out;
  for (const auto& element : value.toTuple()->elements()) out.push_back(element.toTensor());
  return out;
}

/// NaN, which no comparison passes, counts as infinity.
double largest(const Tensors& expected, const Tensors& found) {
  if (expected.size() != found.size()) return INFINITY;
  double out = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double one = difference(expected[i], found[i]);
    out = std::isnan(one) ? INFINITY : std::max(out, one);
  }
  return out;
}

}  // namespace

std::vector<std::string> ModulePlan::methods() const {
  std::vector<std::string> out;
  for (const auto& method : traced)
    if (method.name != "forward") out.push_back(method.name);
  for (const auto& method : scripted) out.push_back(method.name);
  return out;
}

std::string script_bytes(const ModulePlan& plan) {
  ScriptExporter exporter(*plan.module, plan.class_name);
  for (const auto& method : plan.traced)
    exporter.trace_method(
        method.name, method.arguments, method.example(kTracedBatch), method.function);
  for (const auto& method : plan.scripted) exporter.define(method.source);
  return exporter.bytes();
}

double largest_difference(const ModulePlan& plan, const std::string& bytes, at::Device device) {
  const at::NoGradGuard no_grad;
  // What was traced are LibTorch's operators: our own loops round differently, and by how much is
  // for their tests to say.
  const TracedOperators by_operators;
  std::istringstream in(bytes);
  torch::jit::Module loaded = torch::jit::load(in, device);
  double out = 0;
  for (const std::int64_t batch : {1, 2, 7, 257})
    for (const auto& method : plan.traced) {
      const Tensors arguments = method.example(batch);
      const auto found = loaded.get_method(method.name)(
          std::vector<c10::IValue>(arguments.begin(), arguments.end()));
      out = std::max(out, largest(method.function(arguments), outputs_of(found)));
    }
  return out;
}

std::vector<NoiseRequest> requests_of(const Distribution& distribution, const Shape& leading) {
  return requests_of(
      [&](RandomSource& source) { distribution.sample_and_log_prob(leading, source); });
}

std::vector<NoiseRequest> requests_of(const std::function<void(RandomSource& source)>& draw) {
  const at::NoGradGuard no_grad;
  NoiseRecorder recorder;
  draw(recorder);
  return recorder.requests();
}

std::int64_t draws_in_example(std::int64_t batch) { return batch == kTracedBatch ? 4 : 2; }

Tensors make_noise(const std::vector<NoiseRequest>& requests,
                   std::int64_t count,
                   std::int64_t batch,
                   const at::TensorOptions& options) {
  GeneratorSource source;
  Tensors out;
  for (const auto& request : requests) {
    const Shape shape = with_batch(count, with_batch(batch, request.event));
    out.push_back(request.is_normal ? source.normal(shape, options)
                                    : source.uniform(shape, options));
  }
  return out;
}

std::vector<std::string> noise_names(std::size_t count) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back("noise_" + std::to_string(i));
  return out;
}

std::string noise_source(const std::vector<NoiseRequest>& requests,
                         const std::string& leading,
                         const std::string& like) {
  const auto names = noise_names(requests.size());
  std::string source;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    std::string shape = "[" + leading;
    for (const auto size : requests[i].event) shape += ", " + std::to_string(size);
    source += "  " + names[i] + " = torch." + (requests[i].is_normal ? "randn(" : "rand(") + shape +
              "], dtype=" + like + ".dtype, device=" + like + ".device)\n";
    // Both ends of the interval would give infinite logits.
    if (!requests[i].is_normal)
      source +=
          "  " + names[i] + " = torch.clamp(" + names[i] + ", 2.0 ** -24, 1.0 - 2.0 ** -24)\n";
  }
  return source;
}

}  // namespace elbow
