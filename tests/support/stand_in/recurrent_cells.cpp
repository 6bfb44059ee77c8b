// Recurrent cells: for devices other than the CPU LibTorch asks for kernels that do all of a cell
// after its two matrix products.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/tanh.h>
#include <torch/library.h>

#include <optional>
#include <tuple>
#include <vector>

namespace elbow::stand_in {
namespace {

using at::Tensor;

Tensor with_bias(const Tensor& gates, const std::optional<Tensor>& bias) {
  return bias && bias->defined() ? gates + *bias : gates;
}

/// h' = (h - n) z + n with r, z = sigmoid(x + h), n = tanh(x_n + r h_n): Cho et al., 2014,
/// arXiv:1406.1078, as in LibTorch.
std::tuple<Tensor, Tensor> gru_cell(const Tensor& input_gates,
                                    const Tensor& hidden_gates,
                                    const Tensor& hidden,
                                    const std::optional<Tensor>& input_bias,
                                    const std::optional<Tensor>& hidden_bias) {
  const auto x = with_bias(input_gates, input_bias).chunk(3, 1);
  const auto h = with_bias(hidden_gates, hidden_bias).chunk(3, 1);
  const Tensor reset = at::sigmoid(h[0] + x[0]), update = at::sigmoid(h[1] + x[1]);
  const Tensor fresh = at::tanh(x[2] + h[2] * reset);
  // What the gradient needs, side by side: [B, 5 H].
  const Tensor workspace = at::cat({reset, update, fresh, hidden, h[2]}, 1);
  return {(hidden - fresh) * update + fresh, workspace};
}

std::tuple<Tensor, Tensor, Tensor, Tensor, Tensor> gru_cell_backward(const Tensor& gradient,
                                                                     const Tensor& workspace,
                                                                     bool has_bias) {
  const auto w = workspace.chunk(5, 1);
  const Tensor &reset = w[0], &update = w[1], &fresh = w[2], &hidden = w[3], &hidden_new = w[4];
  const Tensor of_update = gradient * (hidden - fresh) * update * (1 - update);
  const Tensor of_fresh = gradient * (1 - update) * (1 - fresh * fresh);
  const Tensor of_reset = of_fresh * hidden_new * reset * (1 - reset);
  const Tensor of_input = at::cat({of_reset, of_update, of_fresh}, 1);
  const Tensor of_hidden = at::cat({of_reset, of_update, of_fresh * reset}, 1);
  return {of_input,
          of_hidden,
          gradient * update,
          has_bias ? of_input.sum(0) : Tensor(),
          has_bias ? of_hidden.sum(0) : Tensor()};
}

/// c' = f c + i g, h' = o tanh(c'): Hochreiter, Schmidhuber, 1997, with a forget gate, as in
/// LibTorch.
std::tuple<Tensor, Tensor, Tensor> lstm_cell(const Tensor& input_gates,
                                             const Tensor& hidden_gates,
                                             const Tensor& cell,
                                             const std::optional<Tensor>& input_bias,
                                             const std::optional<Tensor>& hidden_bias) {
  const auto gates =
      (with_bias(hidden_gates, hidden_bias) + with_bias(input_gates, input_bias)).chunk(4, 1);
  const Tensor in = at::sigmoid(gates[0]), forget = at::sigmoid(gates[1]),
               fresh = at::tanh(gates[2]), out = at::sigmoid(gates[3]);
  const Tensor next = forget * cell + in * fresh;
  return {out * at::tanh(next), next, at::cat({in, forget, fresh, out}, 1)};
}

std::tuple<Tensor, Tensor, Tensor> lstm_cell_backward(const std::optional<Tensor>& of_hidden,
                                                      const std::optional<Tensor>& of_cell,
                                                      const Tensor& cell,
                                                      const Tensor& next,
                                                      const Tensor& workspace,
                                                      bool has_bias) {
  const auto w = workspace.chunk(4, 1);
  const Tensor &in = w[0], &forget = w[1], &fresh = w[2], &out = w[3], squashed = at::tanh(next);
  Tensor of_next = of_cell && of_cell->defined() ? *of_cell : next * 0;
  Tensor of_out = next * 0;
  if (of_hidden && of_hidden->defined()) {
    of_next = of_next + *of_hidden * out * (1 - squashed * squashed);
    of_out = *of_hidden * squashed * out * (1 - out);
  }
  const Tensor of_gates = at::cat({of_next * fresh * in * (1 - in),
                                   of_next * cell * forget * (1 - forget),
                                   of_next * in * (1 - fresh * fresh),
                                   of_out},
                                  1);
  return {of_gates, of_next * forget, has_bias ? of_gates.sum(0) : Tensor()};
}

}  // namespace
}  // namespace elbow::stand_in

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
  library.impl("_thnn_fused_gru_cell", elbow::stand_in::gru_cell);
  library.impl("_thnn_fused_gru_cell_backward", elbow::stand_in::gru_cell_backward);
  library.impl("_thnn_fused_lstm_cell", elbow::stand_in::lstm_cell);
  library.impl("_thnn_fused_lstm_cell_backward_impl", elbow::stand_in::lstm_cell_backward);
}
