#include "normal_draw.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros_like.h>

#include "elbow/foundations/core/constants.h"
#include "elbow/kernels/vector_math.h"
#include "elbow/probability/distributions/graph_node.h"
#include "elbow/probability/distributions/reference_operators.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

using torch::autograd::variable_list;

/// Draw r is of distribution r mod num_distributions.
struct DrawSizes {
  std::int64_t num_draws, num_distributions, num_units;
  DrawSizes(const Tensor& loc, const Tensor& noise)
      : num_draws(noise.numel() / noise.size(-1)),
        num_distributions(loc.numel() / loc.size(-1)),
        num_units(loc.size(-1)) {}
};

template <class Real>
void exp_of_all(const Tensor& x, const Tensor& out) {
  kernels::exp(x.const_data_ptr<Real>(), out.mutable_data_ptr<Real>(), x.numel());
}

/// Memory of a step's tensors: asking a tensor for it costs as much as a short row.
template <class Real>
struct DrawMemory {
  const Real *loc, *log_scale, *scale, *noise;
  Real *z, *log_density;
};

/// One distribution of L units, L known here: a short row is no loop.
template <class Real, std::int64_t L>
void write_short_draws(std::int64_t num_draws, const DrawMemory<Real>& memory) {
  Real loc[L], scale[L];
  Real log_volume = static_cast<Real>(kHalfLog2Pi * static_cast<double>(L));
  for (std::int64_t i = 0; i < L; ++i) {
    loc[i] = memory.loc[i];
    scale[i] = memory.scale[i];
    log_volume += memory.log_scale[i];
  }
  for (std::int64_t r = 0; r < num_draws; ++r) {
    Real squares = 0;
    for (std::int64_t i = 0; i < L; ++i) {
      const Real e = memory.noise[r * L + i];
      memory.z[r * L + i] = loc[i] + scale[i] * e;
      squares += e * e;
    }
    memory.log_density[r] = squares * Real(-0.5) - log_volume;
  }
}

template <class Real>
bool write_short_draws(const DrawSizes& sizes, const DrawMemory<Real>& memory) {
  if (sizes.num_distributions != 1) return false;
  switch (sizes.num_units) {
    case 1:
      write_short_draws<Real, 1>(sizes.num_draws, memory);
      return true;
    case 2:
      write_short_draws<Real, 2>(sizes.num_draws, memory);
      return true;
    default:
      return false;
  }
}

template <class Real>
void write_draws(const DrawSizes& sizes, const DrawMemory<Real>& memory) {
  if (write_short_draws(sizes, memory)) return;
  const std::int64_t L = sizes.num_units;
  const auto constant = static_cast<Real>(kHalfLog2Pi * static_cast<double>(L));
  for (std::int64_t r = 0; r < sizes.num_draws; ++r) {
    const std::int64_t at = r % sizes.num_distributions * L;
    const Real *const m = memory.loc + at, *const l = memory.log_scale + at,
                      *const s = memory.scale + at, *const e = memory.noise + r * L;
    Real* const out = memory.z + r * L;
    Real squares = 0, log_volume = 0;
#pragma omp simd reduction(+ : squares, log_volume)
    for (std::int64_t i = 0; i < L; ++i) {
      out[i] = m[i] + s[i] * e[i];
      squares += e[i] * e[i];
      log_volume += l[i];
    }
    memory.log_density[r] = squares * Real(-0.5) - (log_volume + constant);
  }
}

template <class Real>
void write_draws(const Tensor& loc,
                 const Tensor& log_scale,
                 const Tensor& scale,
                 const Tensor& noise,
                 const Tensor& z,
                 const Tensor& log_density) {
  write_draws<Real>(DrawSizes(loc, noise),
                    {loc.const_data_ptr<Real>(),
                     log_scale.const_data_ptr<Real>(),
                     scale.const_data_ptr<Real>(),
                     noise.const_data_ptr<Real>(),
                     z.mutable_data_ptr<Real>(),
                     log_density.mutable_data_ptr<Real>()});
}

/// Four partial sums of each unit, so that no addition waits for the one before it. @param of_z and
/// @param of_density may be null
template <class Real, std::int64_t L>
void add_short_draw_gradients(std::int64_t num_draws,
                              const Real* scale,
                              const Real* noise,
                              const Real* of_z,
                              const Real* of_density,
                              Real* into_loc,
                              Real* into_log_scale) {
  constexpr std::int64_t kLanes = 4;
  Real locs[kLanes * L] = {}, moments[kLanes * L] = {}, densities[kLanes] = {};
  const auto add = [&](std::int64_t lane, std::int64_t r) {
    for (std::int64_t i = 0; of_z != nullptr && i < L; ++i) {
      const Real g = of_z[r * L + i];
      locs[lane * L + i] += g;
      moments[lane * L + i] += g * noise[r * L + i];
    }
    if (of_density != nullptr) densities[lane] += of_density[r];
  };
  std::int64_t r = 0;
  for (; r + kLanes <= num_draws; r += kLanes)
    for (std::int64_t lane = 0; lane < kLanes; ++lane) add(lane, r + lane);
  for (; r < num_draws; ++r) add(0, r);
  for (std::int64_t lane = 0; lane < kLanes; ++lane)
    for (std::int64_t i = 0; i < L; ++i) {
      into_loc[i] += locs[lane * L + i];
      into_log_scale[i] += scale[i] * moments[lane * L + i] - densities[lane];
    }
}

/// Adds to the gradients in loc and log_scale. `grad_z` or `grad_density` may be undefined.
template <class Real>
void add_draw_gradients(const Tensor& scale,
                        const Tensor& noise,
                        const Tensor& grad_z,
                        const Tensor& grad_density,
                        const Tensor& grad_loc,
                        const Tensor& grad_log_scale) {
  const auto memory_of = [](const Tensor& tensor) -> const Real* {
    return tensor.defined() ? tensor.const_data_ptr<Real>() : nullptr;
  };
  const DrawSizes sizes(scale, noise);
  const std::int64_t L = sizes.num_units;
  const Real *const scales = memory_of(scale), *const noises = memory_of(noise),
                    *const of_z = memory_of(grad_z), *const of_density = memory_of(grad_density);
  Real* const locs = grad_loc.mutable_data_ptr<Real>();
  Real* const log_scales = grad_log_scale.mutable_data_ptr<Real>();
  if (sizes.num_distributions == 1 && L <= 2) {
    const auto run =
        L == 1 ? &add_short_draw_gradients<Real, 1> : &add_short_draw_gradients<Real, 2>;
    run(sizes.num_draws, scales, noises, of_z, of_density, locs, log_scales);
    return;
  }
  for (std::int64_t r = 0; r < sizes.num_draws; ++r) {
    const std::int64_t at = r % sizes.num_distributions * L;
    Real *const into_loc = locs + at, *const into_log_scale = log_scales + at;
    const Real density = of_density != nullptr ? of_density[r] : Real(0);
    if (of_z != nullptr) {
      const Real *const s = scales + at, *const e = noises + r * L, *const g = of_z + r * L;
#pragma omp simd
      for (std::int64_t i = 0; i < L; ++i) {
        into_loc[i] += g[i];
        into_log_scale[i] += g[i] * (s[i] * e[i]) - density;
      }
    } else {
#pragma omp simd
      for (std::int64_t i = 0; i < L; ++i) into_log_scale[i] -= density;
    }
  }
}

variable_list draw_gradients(const Tensor& scale,
                             const Tensor& noise,
                             const variable_list& gradients) {
  const Tensor grad_z = gradients[0].defined() ? gradients[0].contiguous() : Tensor();
  const Tensor grad_density = gradients[1].defined() ? gradients[1].contiguous() : Tensor();
  const Tensor grad_loc = at::zeros_like(scale), grad_log_scale = at::zeros_like(scale);
  const auto add =
      scale.scalar_type() == at::kFloat ? &add_draw_gradients<float> : &add_draw_gradients<double>;
  add(scale, noise, grad_z, grad_density, grad_loc, grad_log_scale);
  return {grad_loc, grad_log_scale};
}

/// The same by operators that have derivatives themselves.
variable_list differentiable_draw_gradients(const Tensor& log_scale,
                                            const Tensor& noise,
                                            const variable_list& gradients) {
  Tensor in_log_scale, in_loc;
  if (gradients[0].defined()) {
    in_loc = gradients[0].sum_to_size(log_scale.sizes());
    in_log_scale = (gradients[0] * log_scale.exp() * noise).sum_to_size(log_scale.sizes());
  }
  if (gradients[1].defined()) {
    const Tensor of_density =
        -gradients[1].unsqueeze(-1).expand(noise.sizes()).sum_to_size(log_scale.sizes());
    in_log_scale = in_log_scale.defined() ? in_log_scale + of_density : of_density;
  }
  return {in_loc, in_log_scale};
}

class NormalDrawBackward : public torch::autograd::Node {
 public:
  NormalDrawBackward(const Tensor& loc, const Tensor& log_scale, Tensor scale, Tensor noise)
      : log_scale_(log_scale, /*is_output=*/false),
        scale_(std::move(scale)),
        noise_(std::move(noise)) {
    set_next_edges(torch::autograd::collect_next_edges(loc, log_scale));
  }
  std::string name() const override { return "NormalDrawBackward"; }

  variable_list apply(variable_list&& grads) override {
    if (!grads[0].defined() && !grads[1].defined()) return variable_list(2);
    const Tensor noise = still_saved(noise_);
    if (at::GradMode::is_enabled())
      return differentiable_draw_gradients(log_scale_.unpack(), noise, grads);
    const at::AutoDispatchBelowADInplaceOrView below;
    return draw_gradients(scale_, noise, grads);
  }

  void release_variables() override {
    log_scale_.reset_data();
    scale_.reset();
    noise_.reset();
  }

 private:
  torch::autograd::SavedVariable log_scale_;
  Tensor scale_, noise_;
};

}  // namespace

bool fits_normal_draw(const Tensor& loc, const Tensor& log_scale, const Tensor& noise) {
  return takes_own_loops(loc) && loc.sizes() == log_scale.sizes() && loc.numel() > 0 &&
         loc.scalar_type() == log_scale.scalar_type() && log_scale.is_cpu() &&
         noise.scalar_type() == loc.scalar_type() && !noise.requires_grad();
}

std::pair<Tensor, Tensor> normal_draw(const Tensor& loc,
                                      const Tensor& log_scale,
                                      const Tensor& noise_given) {
  Tensor scale, noise, z, log_density;
  {
    const at::AutoDispatchBelowADInplaceOrView below;
    const Tensor locs = loc.contiguous(), log_scales = log_scale.contiguous();
    noise = noise_given.contiguous();
    scale = at::empty_like(log_scales);
    z = at::empty_like(noise);
    log_density = at::empty(without_last(noise.sizes(), 1), noise.options());
    if (scale.scalar_type() == at::kFloat) {
      exp_of_all<float>(log_scales, scale);
      write_draws<float>(locs, log_scales, scale, noise, z, log_density);
    } else {
      exp_of_all<double>(log_scales, scale);
      write_draws<double>(locs, log_scales, scale, noise, z, log_density);
    }
  }
  if (needs_graph(loc, log_scale)) {
    const auto node = make_graph_node<NormalDrawBackward>(loc, log_scale, scale, noise);
    torch::autograd::set_history(z, node);
    torch::autograd::set_history(log_density, node);
  }
  return {std::move(z), std::move(log_density)};
}

}  // namespace elbow
