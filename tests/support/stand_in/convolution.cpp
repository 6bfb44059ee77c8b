// Convolutions take a road of their own for devices that LibTorch does not know.
#include <ATen/ops/convolution.h>
#include <ATen/ops/convolution_backward.h>
#include <c10/util/Exception.h>
#include <torch/library.h>

#include <array>
#include <functional>
#include <initializer_list>
#include <tuple>

#include "device.h"
#include "ledger.h"
#include "recorder.h"

namespace elbow::stand_in {
namespace {

using Tensors = std::vector<at::Tensor>;

/// Refuses an operand that is elsewhere.
void check_together(const at::Tensor& first, std::initializer_list<at::Tensor> others) {
  for (const at::Tensor& other : others)
    TORCH_CHECK(!other.defined() || other.device() == first.device(),
                "stand-in: convolution: tensors on ",
                first.device(),
                " and ",
                other.device());
}

/// Runs something on the CPU, and again into the same memory when a graph is replayed.
Tensors run(const std::string& name, int index, const std::function<Tensors()>& on_host) {
  ledger().note_operator(name);
  Tensors out;
  for (const at::Tensor& result : on_host())
    out.push_back(result.defined() ? on_device(result, index) : at::Tensor());
  recorder().note([on_host, out] {
    const at::NoGradGuard no_grad;
    const Tensors again = on_host();
    for (std::size_t i = 0; i < out.size(); ++i)
      if (out[i].defined()) on_cpu(out[i]).copy_(again[i]);
  });
  return out;
}

at::Tensor convolution(const at::Tensor& input,
                       const at::Tensor& weight,
                       const std::optional<at::Tensor>& bias,
                       c10::SymIntArrayRef stride,
                       c10::SymIntArrayRef padding,
                       c10::SymIntArrayRef dilation,
                       bool is_transposed,
                       c10::SymIntArrayRef output_padding,
                       c10::SymInt groups) {
  check_together(input, {weight, bias.value_or(at::Tensor())});
  const auto numbers = [](c10::SymIntArrayRef given) {
    return C10_AS_INTARRAYREF_SLOW(given).vec();
  };
  const auto on_host = [=,
                        s = numbers(stride),
                        p = numbers(padding),
                        d = numbers(dilation),
                        o = numbers(output_padding),
                        g = groups.expect_int()]() -> Tensors {
    const std::optional<at::Tensor> b =
        bias && bias->defined() ? std::optional<at::Tensor>(on_cpu(*bias)) : std::nullopt;
    return {at::convolution(on_cpu(input), on_cpu(weight), b, s, p, d, is_transposed, o, g)};
  };
  return run("aten::convolution_overrideable", input.device().index(), on_host)[0];
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> convolution_backward(
    const at::Tensor& gradient,
    const at::Tensor& input,
    const at::Tensor& weight,
    c10::SymIntArrayRef stride,
    c10::SymIntArrayRef padding,
    c10::SymIntArrayRef dilation,
    bool is_transposed,
    c10::SymIntArrayRef output_padding,
    c10::SymInt groups,
    std::array<bool, 3> wanted) {
  check_together(input, {weight, gradient});
  const auto numbers = [](c10::SymIntArrayRef given) {
    return C10_AS_INTARRAYREF_SLOW(given).vec();
  };
  const auto on_host = [=,
                        s = numbers(stride),
                        p = numbers(padding),
                        d = numbers(dilation),
                        o = numbers(output_padding),
                        g = groups.expect_int()]() -> Tensors {
    const std::vector<std::int64_t> bias{is_transposed ? weight.size(1) * g : weight.size(0)};
    const auto out = at::convolution_backward(on_cpu(gradient),
                                              on_cpu(input),
                                              on_cpu(weight),
                                              bias,
                                              s,
                                              p,
                                              d,
                                              is_transposed,
                                              o,
                                              g,
                                              wanted);
    return {std::get<0>(out), std::get<1>(out), std::get<2>(out)};
  };
  const Tensors out =
      run("aten::convolution_backward_overrideable", input.device().index(), on_host);
  return {out[0], out[1], out[2]};
}

}  // namespace
}  // namespace elbow::stand_in

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
  library.impl("convolution_overrideable", elbow::stand_in::convolution);
  library.impl("convolution_backward_overrideable", elbow::stand_in::convolution_backward);
}
