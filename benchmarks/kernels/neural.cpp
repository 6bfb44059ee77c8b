// What a training step of a network consists of, at the sizes of the reference VAE (job V1) and
// others.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <cstdint>

#include "elbow/probability/distributions/random_source.h"
#include "kernel_benchmark.h"

namespace elbow::benchmark {
namespace {

/// [m, k] x [k, n] + bias.
bool add_product(const char* name, std::int64_t m, std::int64_t k, std::int64_t n) {
  return add_kernel(name, flops32(2.0 * static_cast<double>(m * k * n)), [m, k, n] {
    const at::Tensor x = at::randn({m, k}), w = at::randn({n, k}), b = at::randn({n});
    at::Tensor out = at::empty({m, n});
    return [=]() mutable {
      const at::NoGradGuard no_grad;
      at::addmm_out(out, b, x, w.t());
    };
  });
}

std::function<void()> adam(std::int64_t count) {
  const at::Tensor p = at::randn({count}), g = at::randn({count}), m = at::zeros({count}),
                   v = at::zeros({count}), steps = at::ones({});
  return [=] {
    at::_fused_adam_({p}, {g}, {m}, {v}, {}, {steps}, 1e-3, 0.9, 0.999, 0.0, 1e-8, false, false);
  };
}

std::function<void()> log_bernoulli(std::int64_t batch, std::int64_t pixels) {
  const at::Tensor logits = at::randn({batch, pixels}).requires_grad_(),
                   x = at::randn({batch, pixels}).gt(0).to(at::kFloat);
  return [=] {
    // [B, D] -> [1], and the gradient of the logits.
    at::binary_cross_entropy_with_logits(logits, x, {}, {}, /*sum=*/2).backward();
    logits.mutable_grad().reset();
  };
}

std::function<void()> noise(std::int64_t rows, std::int64_t columns) {
  return [=] {
    GeneratorSource source(seeded_generator(at::Device(at::kCPU), 1));
    source.normal({rows, columns}, at::TensorOptions(at::kFloat));
  };
}

constexpr double kFloats = 4;
const bool kAdded[] = {
    add_product("product/128x784x400", 128, 784, 400),
    add_product("product/128x400x784", 128, 400, 784),
    add_product("product/400x128x784", 400, 128, 784),
    add_product("product/1000x200x784", 1000, 200, 784),
    add_kernel("adam/652824", bytes(7 * kFloats * 652824), [] { return adam(652824); }),
    // The logits and x are read, the gradient is written.
    add_kernel("bernoulli/forward_and_gradient_128x784",
               bytes(3 * kFloats * 128 * 784),
               [] { return log_bernoulli(128, 784); }),
    add_kernel("noise/normal_128x20", bytes(kFloats * 128 * 20), [] { return noise(128, 20); }),
    add_kernel(
        "noise/normal_1024x784", bytes(kFloats * 1024 * 784), [] { return noise(1024, 784); }),
};

}  // namespace
}  // namespace elbow::benchmark
