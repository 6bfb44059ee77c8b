// Trains a VAE on points around a circle in 8 dimensions, then encodes and samples.
#include <ATen/ATen.h>

#include <elbow/foundations/core/error.h>
#include <elbow/runs/fit/fit.h>
#include <cstdio>

const char* const kConfiguration = R"(
model:
  latent_size: 2
  likelihood: {type: normal, scale: shared, network: {type: mlp, hidden_sizes: [32]}}
guide:
  posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [32]}}
optimizer: {type: adam, learning_rate: 3.0e-3}
trainer: {epochs: 30, batch_size: 64}
)";

int main() try {
  at::manual_seed(1);
  const at::Tensor angle = 6.2832 * at::rand({1000, 1});
  const at::Tensor circle = at::cat({angle.cos(), angle.sin()}, 1);
  const at::Tensor x = circle.matmul(at::randn({2, 8})) + 0.1 * at::randn({1000, 8});

  elbow::Fit fit(kConfiguration, x);
  std::printf("ELBO at the start: %.3f nats\n", fit.elbo(x));
  fit.train();
  std::printf("ELBO at the end:   %.3f nats\n", fit.elbo(x));

  for (const auto& [name, value] : fit.encode(x))
    std::printf("q(z | x) %s: [%d, %d]\n", name.c_str(), int(value.size(0)), int(value.size(1)));
  const at::Tensor drawn = fit.sample(5);
  for (int i = 0; i < 5; ++i)
    std::printf(
        "sample %d: %6.3f %6.3f ...\n", i, drawn[i][0].item<double>(), drawn[i][1].item<double>());
} catch (const elbow::Error& error) {
  std::fprintf(stderr, "error: %s\nhelp: %s\n", error.what(), error.help().c_str());
  return error.exit_code();
}
