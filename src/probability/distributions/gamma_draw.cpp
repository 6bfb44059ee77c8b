#include "gamma_draw.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_standard_gamma_grad.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/digamma.h>
#include <ATen/ops/where.h>
#include <torch/csrc/autograd/custom_function.h>

#include "tensor_ops.h"

namespace elbow {
namespace {

// One proposal is refused with probability below 0.05.
constexpr std::int64_t kGammaProposals = 10;

struct ImplicitLogGamma : torch::autograd::Function<ImplicitLogGamma> {
  static Tensor forward(torch::autograd::AutogradContext* context,
                        const Tensor& log_concentration,
                        const Tensor& log_draw) {
    context->save_for_backward({log_concentration, log_draw});
    return log_draw.clone();
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list outputs) {
    const auto saved = context->get_saved_variables();
    const Tensor concentration = saved[0].exp();
    const Tensor& log_draw = saved[1];
    // Below e^-30 the distribution function is z^a / Gamma(a + 1) to 13 digits, and z may
    // underflow.
    const Tensor is_tiny = log_draw.lt(-30);
    const Tensor tail = at::digamma(concentration + 1) - log_draw;
    const Tensor draw = log_draw.clamp_min(-30).exp();
    const Tensor bulk = at::_standard_gamma_grad(concentration, draw) * concentration / draw;
    return {outputs[0] * at::where(is_tiny, tail, bulk), Tensor()};
  }
};

// log of a draw for concentrations of at least 1, [shape...].
Tensor marsaglia_tsang(const Tensor& concentration, const Tensor& normal, const Tensor& uniform) {
  const Tensor d = (concentration - 1.0 / 3).unsqueeze(-1);
  const Tensor y = normal / (d * 9).sqrt();
  const Tensor log_root = y.clamp_min(-1 + 1e-7).log1p();
  // x^2/2 + d - d v + d log v with v = (1 + y)^3; large d lose nothing to d - d v.
  const Tensor bound =
      normal.square() * 0.5 + d * ((log_root - y) * 3 - y.square() * 3 - y.square() * y);
  const Tensor accepted = y.gt(-1).logical_and(uniform.log().lt(bound));
  const Tensor index = first_accepted(accepted);
  const Tensor chosen = log_root.gather(-1, index) * accepted.gather(-1, index);
  return d.squeeze(-1).log() + chosen.squeeze(-1) * 3;
}

}  // namespace

Tensor first_accepted(const Tensor& accepted) {
  const std::int64_t count = accepted.size(-1);
  // Ranks that differ, since the index of a tied maximum is not promised.
  const Tensor rank = at::arange(count, 0, -1, accepted.options().dtype(at::kInt));
  return (rank * accepted).argmax(-1, /*keepdim=*/true);
}

Tensor log_gamma_draw(const Tensor& log_concentration, const Shape& shape, RandomSource& source) {
  const auto options = log_concentration.options();
  const Tensor normal = source.normal(concatenate(shape, {kGammaProposals}), options);
  const Tensor uniform = source.uniform(concatenate(shape, {kGammaProposals + 1}), options);
  // Not by `expand` to a shape, which a trace would freeze at its batch size.
  const Tensor wanted = log_concentration.expand_as(normal.select(-1, 0));
  Tensor log_draw;
  {
    const at::NoGradGuard no_grad;
    const Tensor concentration = wanted.exp();
    // Below 1: a draw of a + 1 times u^(1/a), whose logarithm does not underflow.
    const Tensor is_small = concentration.lt(1);
    const Tensor boost = uniform.select(-1, kGammaProposals).log() / concentration;
    log_draw =
        marsaglia_tsang(concentration + is_small, normal, uniform.narrow(-1, 0, kGammaProposals)) +
        at::where(is_small, boost, boost * 0);
  }
  return ImplicitLogGamma::apply(wanted, log_draw);
}

}  // namespace elbow
